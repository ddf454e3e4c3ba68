/** Dispatchers of undici: one place that knows proxies. */
import { Agent, DecoratorHandler, Pool, ProxyAgent, setGlobalDispatcher } from 'undici';
import type { buildConnector, Dispatcher } from 'undici';
import { namesProxy, proxyFor } from './proxy-for.ts';
import type { Env } from './proxy-for.ts';
import { proxyOptions } from './proxy-options.ts';

export interface DispatcherOptions {
  /** Certificates, and whether those of the server are checked. */
  tls?: buildConnector.BuildOptions | undefined;
  /** `http://user:password@host:port`, for every server; otherwise the environment names those there are. */
  proxy?: string | undefined;
  /** Whether that proxy makes tunnels to what HTTP reaches, too, or is asked for it itself. */
  proxyTunnel?: boolean;
  /** Connections to one server at the same time; as many as it takes when it is missing. */
  connections?: number;
  /** How long an idle connection is kept, in milliseconds. */
  keepAliveTimeout?: number;
}

/** To be closed by whoever asked for it. */
export function createDispatcher(
  { tls = {}, proxy, proxyTunnel = true, connections, keepAliveTimeout }: DispatcherOptions,
  env: Env = process.env,
): Dispatcher {
  const base = {
    ...(connections === undefined ? {} : { connections }),
    ...(keepAliveTimeout === undefined ? {} : { keepAliveTimeout }),
  };
  const through = (address: string, isTunnel: boolean) => {
    const options = proxyOptions(address);
    return new ProxyAgent({
      ...base,
      ...options,
      requestTls: tls,
      proxyTunnel: isTunnel,
    }).compose(
      (dispatch) => (request, handler) =>
        dispatch(request, new RefusalHandler(handler, options.uri)),
    );
  };
  if (proxy !== undefined && proxy !== '') return through(proxy, proxyTunnel);
  return new Agent({
    ...base,
    connect: tls,
    factory: (origin, options) => {
      const url = new URL(origin);
      const found = proxyFor(url, env);
      if (found === undefined) return new Pool(origin, options);
      // What HTTP reaches is asked of the proxy itself: many allow a tunnel for port 443 only.
      return through(found, url.protocol === 'https:');
    },
  });
}

interface Passing {
  onResponseError(controller: Dispatcher.DispatchController, error: Error): void;
}
/** Its types leave out what it passes on. */
const Decorator: new (handler: Dispatcher.DispatchHandler) => Passing = DecoratorHandler as never;

/** A tunnel that a proxy refuses looks as if somebody had given up the request: it is told as what it is. */
class RefusalHandler extends Decorator {
  readonly #proxy: string;

  constructor(handler: Dispatcher.DispatchHandler, proxy: string) {
    super(handler);
    this.#proxy = proxy;
  }

  override onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    const [, status] = /^Proxy response \((\d+)\) !== 200/.exec(error.message) ?? [];
    const told =
      status === undefined
        ? error
        : new Error(`proxy ${this.#proxy} refuses a tunnel: ${status}`, { cause: error });
    super.onResponseError(controller, told);
  }
}

/** Makes `fetch` go by the proxies of the environment wherever no dispatcher is named. For main files. */
export function useEnvironmentProxies(env: Env): void {
  if (namesProxy(env)) setGlobalDispatcher(createDispatcher({}, env));
}
