// SPDX-License-Identifier: Apache-2.0
// Kinds of which no package has the schema: as their definitions say, as far as the chart uses them.
import * as v from 'valibot';

const strings = v.array(v.string());
const metadata = v.strictObject({
  name: v.string(),
  namespace: v.optional(v.string()),
  labels: v.record(v.string(), v.string()),
});
const quantities = v.record(v.picklist(['cpu', 'memory']), v.string());
const strategy = v.strictObject({ type: v.picklist(['RunAsAny', 'MustRunAs']) });

/** In the shape of the models of `kubernetes-models`: their `validate` is called on an object. */
function model<Entries extends v.ObjectEntries>(
  apiVersion: string,
  kind: string,
  entries: Entries,
) {
  const schema = v.strictObject({
    apiVersion: v.literal(apiVersion),
    kind: v.literal(kind),
    metadata,
    ...entries,
  });
  return {
    apiVersion,
    kind,
    prototype: {
      validate(this: unknown) {
        v.parse(schema, this);
      },
    },
  };
}

/** autoscaling.k8s.io/v1, of the autoscaler's repository. */
export const VerticalPodAutoscaler = model('autoscaling.k8s.io/v1', 'VerticalPodAutoscaler', {
  spec: v.strictObject({
    targetRef: v.strictObject({ apiVersion: v.string(), kind: v.string(), name: v.string() }),
    updatePolicy: v.strictObject({
      updateMode: v.picklist(['Off', 'Initial', 'Recreate', 'InPlaceOrRecreate', 'Auto']),
      minReplicas: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
    }),
    resourcePolicy: v.strictObject({
      containerPolicies: v.array(
        v.strictObject({
          containerName: v.string(),
          controlledValues: v.picklist(['RequestsOnly', 'RequestsAndLimits']),
          controlledResources: v.array(v.picklist(['cpu', 'memory'])),
          minAllowed: v.optional(quantities),
          maxAllowed: v.optional(quantities),
        }),
      ),
    }),
  }),
});

/** security.openshift.io/v1, of the API of OpenShift 4: no `spec`, and every switch is required. */
export const SecurityContextConstraints = model(
  'security.openshift.io/v1',
  'SecurityContextConstraints',
  {
    users: strings,
    allowHostNetwork: v.boolean(),
    allowHostPorts: v.boolean(),
    allowHostPID: v.boolean(),
    allowHostIPC: v.boolean(),
    allowHostDirVolumePlugin: v.boolean(),
    allowPrivilegedContainer: v.boolean(),
    allowPrivilegeEscalation: v.boolean(),
    readOnlyRootFilesystem: v.boolean(),
    allowedCapabilities: strings,
    requiredDropCapabilities: strings,
    runAsUser: strategy,
    fsGroup: strategy,
    supplementalGroups: strategy,
    seLinuxContext: strategy,
    seccompProfiles: strings,
    volumes: strings,
  },
);
