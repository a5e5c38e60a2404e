import { type AccessArguments, AccessError, accessFrom } from "../ironic";
import type { Environment } from "../net";
import { PROVIDER_ADDRESS } from "../provider-address";
import { NEWEST_RELEASE, parseRelease, UnknownReleaseError } from "../selection";
import {
  type Config,
  isUnknown,
  oneOf,
  optional,
  type Provider,
  ProviderError,
  schema,
  t,
  type Unknown,
} from "../tfplugin";
import { allocation } from "./allocation";
import { nodeBios } from "./data/bios";
import { nodeFirmware } from "./data/firmware";
import { nodeHistory } from "./data/history";
import { introspection } from "./data/introspection";
import { nodeInventory } from "./data/inventory";
import { nodeData } from "./data/node";
import { nodes } from "./data/nodes";
import { ociImage } from "./data/oci-image";
import { deployTemplate } from "./deploy-template";
import { deployment } from "./deployment/resource";
import { toProviderError } from "./diagnostics";
import { parseReference } from "./functions/parse-reference";
import { pinUrl } from "./functions/pin-url";
import { inspectionRule } from "./inspection-rule";
import { node } from "./node/resource";
import { provider } from "./plugin";
import { port } from "./port";
import { portGroup } from "./port-group";
import { runbook } from "./runbook";
import { type Connection, Session } from "./session";
import { areMirrors, areRegistries } from "./shared/validators";
import { nodeCleaning, nodeServicing } from "./steps/resource";
import { volumeConnector } from "./volume-connector";
import { volumeTarget } from "./volume-target";

const RETIRED = "Ironic Inspector was retired; Ironic itself stores inspection results. The argument has no effect.";

const providerSchema = schema({
  description: "Bare-metal nodes in OpenStack Ironic.",
  attributes: {
    url: optional(t.string, {
      description:
        "URL of Ironic's API, such as `http://ironic.example:6385`. Default: `IRONIC_ENDPOINT`, then the OpenStack settings (`OS_*`, clouds.yaml). `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are honoured. Not required if only `ironic_oci_image` is used.",
    }),
    auth_strategy: optional(t.string, {
      description:
        "Authentication: `noauth`, `http_basic` or `keystone`. Default: `IRONIC_AUTH_STRATEGY`, then `noauth` if `url` is configured and `cloud` is not, then the OpenStack settings.",
      validate: oneOf("noauth", "http_basic", "keystone"),
    }),
    ironic_username: optional(t.string, {
      description: "User name for `http_basic`. Default: `IRONIC_HTTP_BASIC_USERNAME`.",
    }),
    ironic_password: optional(t.string, {
      sensitive: true,
      description: "Password for `http_basic`. Default: `IRONIC_HTTP_BASIC_PASSWORD`.",
    }),
    cloud: optional(t.string, {
      description:
        "Name of a cloud in clouds.yaml. Default: `OS_CLOUD`, then the `OS_*` variables, then the only cloud in clouds.yaml.",
    }),
    region: optional(t.string, {
      description: "Region of the cloud. Default: `OS_REGION_NAME`, then the first region of the cloud.",
    }),
    microversion: optional(t.string, {
      description:
        "API microversion, such as `1.80`. Default: `IRONIC_MICROVERSION`, then `baremetal_default_microversion` in clouds.yaml, then the newest microversion that both sides support.",
    }),
    timeout: optional(t.integer, { description: "Time in seconds to wait until the API is available. Default: 0." }),
    lock_timeout: optional(t.integer, {
      description:
        "Time in seconds during which requests are retried that fail because a node is locked or the API is busy. Default: 120.",
    }),
    cacert: optional(t.string, {
      description:
        "PEM file with the CA certificate of the API. Default: `OS_CACERT`, then `cacert` in clouds.yaml, then the CAs of the system or of `SSL_CERT_FILE`.",
    }),
    cert: optional(t.string, {
      description:
        "PEM file with the client certificate, for an API that requires one. Default: `OS_CERT`, then `cert` in clouds.yaml.",
    }),
    key: optional(t.string, {
      description:
        "PEM file with the private key of `cert`. Default: `OS_KEY`, then `key` in clouds.yaml, then the file of `cert`.",
    }),
    ironic_release: optional(t.string, {
      description: `For \`ironic_oci_image\`: release of the Ironic that deploys, as a version (\`29.0\`), a series (\`2025.1\`) or its code name (\`epoxy\`). For the known releases and their selection rules see [Ironic releases](guides/ironic-releases.md). Default: the newest known release, \`${NEWEST_RELEASE.version}\`.`,
      validate: knownRelease,
    }),
    lock_file: optional(t.string, {
      description:
        "For `ironic_oci_image`: lock file that keeps the pins, such as `ironic-oci.lock.json`; see the argument `lock_file` there. Default: none, images are resolved in every plan.",
    }),
    plain_http: optional(t.list(t.string), {
      description: "For `ironic_oci_image`: registries, as `host[:port]`, that are accessed over plain HTTP.",
      validate: areRegistries,
    }),
    mirrors: optional(t.map(t.string), {
      description:
        'For `ironic_oci_image`: mirrors by registry that are read instead, such as `{ "quay.io" = "mirror.example/quay" }`. `url` keeps the registry that `source` names.',
      validate: areMirrors,
    }),
    pin_mirrors: optional(t.map(t.string), {
      description:
        "For `ironic_oci_image`: registries, by the registry that `source` names, that Ironic pulls from instead, in the same form. `url` names them, with the same digests, and they are read unless `mirrors` has another one. For a site whose conductors reach its own registry only; `ironic-oci copy` fills it.",
      validate: areMirrors,
    }),
    inspector: optional(t.string, { deprecated: RETIRED, description: "URL of Ironic Inspector. Has no effect." }),
    inspector_username: optional(t.string, {
      deprecated: RETIRED,
      description: "User name for Ironic Inspector. Has no effect.",
    }),
    inspector_password: optional(t.string, {
      sensitive: true,
      deprecated: RETIRED,
      description: "Password for Ironic Inspector. Has no effect.",
    }),
  },
});

type ProviderConfig = Config<typeof providerSchema>;

/** The Terraform provider for Ironic. */
export function ironicProvider(environment: Environment = process.env): Provider {
  return provider({
    address: PROVIDER_ADDRESS,
    schema: providerSchema,
    configure({ config }) {
      const release = known(config.ironic_release) as string | undefined;
      const plainHttp = known(config.plain_http) as readonly string[] | undefined;
      const mirrors = known(config.mirrors) as Readonly<Record<string, string>> | undefined;
      const pinMirrors = known(config.pin_mirrors) as Readonly<Record<string, string>> | undefined;
      const lockFile = known(config.lock_file) as string | undefined;
      return new Session(connection(config, environment), {
        ...(lockFile !== undefined && { lockFile }),
        lockFileUnknown: isUnknown(config.lock_file),
        ...(release !== undefined && { ironicRelease: release }),
        releaseUnknown: isUnknown(config.ironic_release),
        ...(plainHttp && { plainHttp }),
        ...(mirrors && { mirrors }),
        ...(pinMirrors && { pinMirrors }),
        // A pinned URL that names another registry than it will would be deployed.
        pinMirrorsUnknown: isUnknown(config.pin_mirrors),
      });
    },
    resources: {
      ironic_node_v1: node,
      ironic_port_group_v1: portGroup,
      ironic_port_v1: port,
      ironic_allocation_v1: allocation,
      ironic_deployment: deployment,
      ironic_deploy_template_v1: deployTemplate,
      ironic_runbook_v1: runbook,
      ironic_inspection_rule_v1: inspectionRule,
      ironic_volume_connector_v1: volumeConnector,
      ironic_volume_target_v1: volumeTarget,
      ironic_node_cleaning_v1: nodeCleaning,
      ironic_node_servicing_v1: nodeServicing,
    },
    dataSources: {
      ironic_introspection: introspection,
      ironic_node: nodeData,
      ironic_node_bios: nodeBios,
      ironic_node_firmware: nodeFirmware,
      ironic_node_history: nodeHistory,
      ironic_node_inventory: nodeInventory,
      ironic_nodes: nodes,
      ironic_oci_image: ociImage,
    },
    functions: { parse_reference: parseReference, pin_url: pinUrl },
    explain: toProviderError,
  });
}

/** Refuses an unknown `ironic_release`: a typo would select another digest. */
function knownRelease(value: string): string | undefined {
  try {
    parseRelease(value);
    return undefined;
  } catch (error) {
    if (!(error instanceof UnknownReleaseError)) throw error;
    return `is not a known release: ${error.hint}`;
  }
}

function known<T>(value: T): Exclude<T, null | Unknown> | undefined {
  return value === null || isUnknown(value) ? undefined : (value as Exclude<T, null | Unknown>);
}

/**
 * @returns the connection settings; an error, for the first call that needs an Ironic, if none is configured
 * @throws {ProviderError} when the configuration is incomplete
 */
function connection(config: ProviderConfig, environment: Environment): Connection {
  const required = [
    config.url,
    config.auth_strategy,
    config.ironic_username,
    config.ironic_password,
    config.cloud,
    config.region,
    config.cacert,
    config.cert,
    config.key,
  ];
  if (required.some((value) => isUnknown(value))) return undefined;
  const text = (value: ProviderConfig["url"]) => (known(value) as string | undefined) || undefined;
  const access = accessOf(
    {
      ...{ url: text(config.url), authStrategy: text(config.auth_strategy), microversion: text(config.microversion) },
      ...{ username: text(config.ironic_username), password: text(config.ironic_password) },
      ...{ cloud: text(config.cloud), region: text(config.region) },
      ...{ cacert: text(config.cacert), cert: text(config.cert), key: text(config.key) },
    },
    environment,
  );
  if (access === undefined) {
    // Not an error yet: ironic_oci_image needs no Ironic.
    return new ProviderError("The Ironic provider has no url", {
      detail:
        "Set url in the provider block, or IRONIC_ENDPOINT, or the OpenStack settings (OS_CLOUD, OS_AUTH_URL, …). Only ironic_oci_image works without these.",
    });
  }
  const lockTimeout = known(config.lock_timeout);
  return {
    ...access,
    waitForApi: (known(config.timeout) ?? 0) * 1_000,
    ...(lockTimeout !== undefined && { retryFor: lockTimeout * 1_000 }),
  };
}

function accessOf(given: AccessArguments, environment: Environment) {
  try {
    return accessFrom(given, environment);
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    throw new ProviderError(error.message, { detail: error.hint ?? "", path: [error.argument] });
  }
}
