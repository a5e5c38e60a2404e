// undici for our bundles: the parts that src/ uses. Its index loads fetch, WebSocket, caches and mocks as well, which is half of the
// time that loading it takes (79 ms of CPU against 36, measured on Node 20).
const Dispatcher = require("undici/lib/dispatcher/dispatcher.js");
const api = require("undici/lib/api/index.js");
const { parseURL } = require("undici/lib/core/util.js");

Object.assign(Dispatcher.prototype, api);

/** undici's `request`, for callers that name their dispatcher; all of ours do, so that there is no global one here. */
function request(url, { dispatcher, ...options }) {
  const { origin, pathname, search } = parseURL(url);
  return dispatcher.request({ method: options.body ? "PUT" : "GET", ...options, origin, path: pathname + search });
}

module.exports = {
  Agent: require("undici/lib/dispatcher/agent.js"),
  Dispatcher,
  Pool: require("undici/lib/dispatcher/pool.js"),
  ProxyAgent: require("undici/lib/dispatcher/proxy-agent.js"),
  buildConnector: require("undici/lib/core/connect.js"),
  errors: require("undici/lib/core/errors.js"),
  request,
};
