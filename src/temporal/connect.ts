// The connection to Temporal: one NativeConnection for client and worker, because only that lets runs start eagerly.
// It must never wait without a bound, and never put the API key into an error.
import { readFile } from 'node:fs/promises';
import { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';
import type { Settings } from '../config.ts';

/** A first connection that takes longer is given up; the caller tries again. */
const CONNECT_TIMEOUT_MS = 10_000;

export interface TlsSettings {
  /** Use TLS even without any of the files. */
  enabled?: boolean;
  serverName?: string;
  /** Paths of PEM files. */
  serverCaPath?: string;
  clientCertPath?: string;
  clientKeyPath?: string;
}

export interface ConnectSettings {
  /** host:port */
  address: string;
  namespace: string;
  /** Temporal Cloud; implies TLS. */
  apiKey?: string;
  tls?: TlsSettings;
  dataConverter?: DataConverter;
}

/** Which cluster and namespace the settings name, and how they say to reach it. */
export function connectSettings(settings: Settings): Omit<ConnectSettings, 'address' | 'dataConverter'> {
  return {
    namespace: settings.temporalNamespace,
    apiKey: settings.temporalApiKey,
    tls: {
      enabled: settings.temporalTls,
      serverName: settings.temporalTlsServerName,
      serverCaPath: settings.temporalTlsServerCaPath,
      clientCertPath: settings.temporalTlsClientCertPath,
      clientKeyPath: settings.temporalTlsClientKeyPath,
    },
  };
}

export interface TemporalConnection {
  connection: NativeConnection;
  client: Client;
  /** Workers on the connection must be stopped first. */
  close(): Promise<void>;
}

/**
 * Connects to Temporal. Afterwards the connection heals by itself.
 * @throws Error when the server does not answer within CONNECT_TIMEOUT_MS or a TLS file cannot be read.
 */
export async function connectTemporal(settings: ConnectSettings): Promise<TemporalConnection> {
  const options: NativeConnectionOptions = {
    address: settings.address,
    tls: await readTls(settings),
    apiKey: settings.apiKey,
    // Large payloads leave through external storage; what stays is checked by the server.
    payloadLimits: { payloadsWarnSize: 0, memoWarnSize: 0 },
  };
  const connection = await connectInTime(options);
  const client = new Client({
    connection,
    namespace: settings.namespace,
    dataConverter: settings.dataConverter,
  });
  return { connection, client, close: () => connection.close() };
}

async function connectInTime(options: NativeConnectionOptions): Promise<NativeConnection> {
  const connecting = NativeConnection.connect(options);
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      // What connects after all must not stay open behind our back.
      connecting.then((late) => late.close()).catch(() => undefined);
      reject(new Error(`Temporal at ${options.address} did not answer within ${CONNECT_TIMEOUT_MS / 1000} s`));
    }, CONNECT_TIMEOUT_MS);
  });
  try {
    return await Promise.race([connecting, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}

async function readTls({ tls, apiKey }: ConnectSettings): Promise<NativeConnectionOptions['tls']> {
  if (!tls) return apiKey !== undefined;
  const [serverCa, certificate, key] = await Promise.all([
    readPem(tls.serverCaPath, 'TEMPORAL_TLS_SERVER_CA_CERT_PATH'),
    readPem(tls.clientCertPath, 'TEMPORAL_TLS_CLIENT_CERT_PATH'),
    readPem(tls.clientKeyPath, 'TEMPORAL_TLS_CLIENT_KEY_PATH'),
  ]);
  if ((certificate === undefined) !== (key === undefined)) {
    throw new Error('TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH go together: set both or none');
  }
  const wanted = tls.enabled || apiKey !== undefined || serverCa !== undefined || certificate !== undefined;
  if (!wanted && tls.serverName === undefined) return false;
  return {
    serverNameOverride: tls.serverName,
    serverRootCACertificate: serverCa,
    clientCertPair: certificate && key ? { crt: certificate, key } : undefined,
  };
}

async function readPem(path: string | undefined, setting: string): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    throw new Error(
      `${setting}: ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`,
      { cause: error },
    );
  }
}
