import * as v from 'valibot';

/**
 * What the file of a platform must say so that this server works there: fields that the platform requires, and those that decide about
 * sockets and stopping. Fields that are not named here are the platform's own to check.
 */

/** Of a key that is missing, valibot has the object's message and not that of the key. */
const object = <T extends v.ObjectEntries>(entries: T) =>
  v.looseObject(entries, ({ path }) => {
    if (path === undefined) return 'an object expected';
    const key = String(path.at(-1)?.key);
    const reason = (entries[key] as { message?: unknown } | undefined)?.message;
    return typeof reason === 'string' ? reason : 'is missing';
  });
const text = v.pipe(v.string(), v.nonEmpty());
const seconds = v.union([
  v.pipe(v.number(), v.integer(), v.minValue(0)),
  v.pipe(v.string(), v.regex(/^\d+m?s?$/)),
]);
/** An absolute path of HTTP. */
const route = v.pipe(v.string(), v.startsWith('/', 'a path that begins with / expected'));
/** Environment variables are texts: YAML reads 8080 as a number, which these platforms refuse. */
const variables = v.record(v.string(), v.string('a text expected: put quotes around it'));
const variable = object({ name: text, value: v.optional(v.string('a text expected: put quotes around it')) });
const probe = object({ httpGet: object({ path: route }) });
const container = object({
  image: text,
  ports: v.optional(v.array(object({ containerPort: v.pipe(v.number(), v.integer()) }))),
  env: v.optional(v.array(variable)),
});

export const Compose = object({
  services: v.record(
    v.string(),
    object({
      image: v.optional(text),
      environment: v.optional(v.union([variables, v.array(v.string())])),
      stop_grace_period: v.optional(seconds),
    }),
  ),
});

const KINDS = {
  Deployment: object({
    spec: object({
      selector: object({}),
      template: object({
        spec: object({
          containers: v.pipe(
            v.array(object({ ...container.entries, readinessProbe: probe, livenessProbe: probe })),
            v.minLength(1),
          ),
        }),
      }),
    }),
  }),
  ScaledObject: object({
    spec: object({
      scaleTargetRef: object({ name: text }),
      triggers: v.pipe(
        v.array(
          object({
            type: text,
            metadata: v.record(v.string(), v.string('a text expected: put quotes around it')),
          }),
        ),
        v.minLength(1),
      ),
    }),
  }),
  InferenceService: object({ spec: object({ predictor: object({}) }) }),
  ServingRuntime: object({
    spec: object({ supportedModelFormats: v.array(object({ name: text })), containers: v.array(container) }),
  }),
} as const;

/** A manifest of Kubernetes; of the kinds that run this server also what it needs. */
export const Manifest = v.pipe(
  object({ apiVersion: text, kind: text }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const kind = Object.entries(KINDS).find(([name]) => name === dataset.value.kind)?.[1];
    if (!kind) return;
    const parsed = v.safeParse(kind, dataset.value);
    for (const issue of parsed.issues ?? []) {
      addIssue({ message: `${v.getDotPath(issue) ?? ''}: ${issue.message}` });
    }
  }),
);

/** Values of the Helm chart of NATS. */
export const NatsValues = object({
  config: object({
    jetstream: object({
      enabled: v.literal(true, 'true expected: turns and models are kept in JetStream'),
      memoryStore: object({
        enabled: v.literal(
          true,
          'true expected: turns are kept in memory, which the chart does not allow by default',
        ),
      }),
    }),
    merge: object({
      max_payload: v.pipe(
        v.any(),
        v.check((value) => /^<< \d+[KM]B >>$/.test(String(value)), '"<< 8MB >>" expected'),
      ),
    }),
  }),
});

export const CloudRun = object({
  apiVersion: v.literal('serving.knative.dev/v1'),
  kind: v.literal('Service'),
  metadata: object({ name: text }),
  spec: object({
    template: object({
      spec: object({
        timeoutSeconds: v.pipe(
          v.number('seconds expected: without it a socket is cut after 5 minutes'),
          v.integer(),
          v.minValue(1),
          v.maxValue(3600, 'at most 3600 expected: Cloud Run cuts a request after 60 minutes'),
        ),
        containers: v.pipe(v.array(container), v.minLength(1)),
      }),
    }),
  }),
});

export const AppEngine = object({
  runtime: text,
  env: v.literal('flex', 'flex expected: the standard environment has no WebSockets'),
  env_variables: v.optional(variables),
  readiness_check: object({ path: route }),
  liveness_check: object({ path: route }),
});

export const Fly = object({
  app: text,
  kill_signal: v.optional(
    v.picklist(['SIGTERM', 'SIGINT'], 'SIGTERM or SIGINT expected: on others the server ends at once'),
  ),
  kill_timeout: v.optional(seconds),
  env: v.optional(v.record(v.string(), v.string('a text expected: put quotes around it'))),
  http_service: object({
    internal_port: v.pipe(v.number(), v.integer()),
    concurrency: object({
      type: v.literal(
        'connections',
        '"connections" expected: a stream is one request for as long as it lasts',
      ),
    }),
  }),
});

export const Render = object({
  services: v.pipe(
    v.array(
      object({
        type: v.literal('web'),
        name: text,
        runtime: text,
        healthCheckPath: route,
        maxShutdownDelaySeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(300))),
        envVars: v.array(
          object({ key: text, value: v.optional(v.string('a text expected: put quotes around it')) }),
        ),
      }),
    ),
    v.minLength(1),
  ),
});

export const Railway = object({
  build: object({ builder: v.picklist(['DOCKERFILE', 'RAILPACK', 'NIXPACKS']) }),
  deploy: object({
    startCommand: text,
    healthcheckPath: route,
    // Railway's page shows texts, its schema takes numbers.
    drainingSeconds: v.pipe(
      v.number('a number of seconds expected: without it Railway kills the server at once'),
      v.integer(),
      v.minValue(1),
    ),
  }),
});

export const Heroku = object({
  env: v.optional(v.record(v.string(), v.union([v.string(), object({})]))),
  formation: v.optional(object({ web: object({ quantity: v.number() }) })),
});

export const Unit = object({
  Unit: object({}),
  Service: object({
    ExecStart: text,
    WorkingDirectory: route,
    User: v.pipe(text, v.notValue('root', 'another user than root expected')),
    Restart: v.literal('always', '"always" expected: the server ends when it cannot go on'),
  }),
  Install: object({ WantedBy: text }),
});

export const CloudInit = object({ runcmd: v.array(v.union([v.string(), v.array(v.string())])) });

export const Beanstalk = object({
  option_settings: v.union([object({}), v.array(object({ option_name: text }))]),
});

const image = object({
  Image: text,
  Mode: v.picklist(['SingleModel', 'MultiModel']),
  ModelDataUrl: v.optional(v.pipe(v.string(), v.startsWith('s3://', 's3://… expected'))),
  Environment: v.optional(v.record(v.string(), v.string('a text expected: put quotes around it'))),
});
const roleArn = v.pipe(
  v.string(),
  v.regex(/^arn:aws[a-z-]*:iam::[^:]+:role\/.+$/, 'arn:aws:iam::…:role/… expected'),
);
export const SageMakerModel = object({
  ModelName: text,
  ExecutionRoleArn: roleArn,
  PrimaryContainer: v.pipe(
    image,
    v.check(
      (one) => one.Mode !== 'MultiModel' || one.ModelDataUrl !== undefined,
      'ModelDataUrl expected: of a multi-model endpoint it is the folder of all models',
    ),
  ),
});
export const SageMakerConfig = object({
  EndpointConfigName: text,
  ProductionVariants: v.pipe(
    v.array(object({ VariantName: text, ModelName: text, InstanceType: v.pipe(text, v.startsWith('ml.')) })),
    v.minLength(1),
  ),
});
export const SageMakerEndpoint = object({ EndpointName: text, EndpointConfigName: text });

export const VertexModel = object({
  '--region': text,
  '--container-image-uri': text,
  '--container-ports': v.union([text, v.number()]),
  '--container-health-route': route,
  '--container-predict-route': route,
});
export const VertexEndpoint = object({ '--region': text, '--model': text, '--machine-type': text });

export const AzureEndpoint = object({ name: text, auth_mode: v.picklist(['key', 'aml_token', 'aad_token']) });
const azureRoute = object({ path: route, port: v.pipe(v.number(), v.integer()) });
export const AzureDeployment = object({
  name: text,
  endpoint_name: text,
  instance_type: text,
  environment: object({
    image: text,
    inference_config: object({
      liveness_route: azureRoute,
      readiness_route: azureRoute,
      scoring_route: azureRoute,
    }),
  }),
  request_settings: object({
    max_concurrent_requests_per_instance: v.pipe(
      v.number('a number expected: without it Azure ML sends one request at a time'),
      v.minValue(1),
    ),
  }),
});

export const AppService = object({
  siteConfig: object({
    webSocketsEnabled: v.literal(true, 'true expected: without it there is no stream'),
    healthCheckPath: route,
  }),
});
