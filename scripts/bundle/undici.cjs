// undici for our bundles: the parts that src/ uses. Its index loads fetch, WebSocket, caches and mocks as well, which is half of the
// time that loading it takes (79 ms of CPU against 36, measured on Node 20). Our requests are `dispatch`, without undici's API above it.
const Dispatcher = require("undici/lib/dispatcher/dispatcher.js");

module.exports = {
  Agent: require("undici/lib/dispatcher/agent.js"),
  Pool: require("undici/lib/dispatcher/pool.js"),
  buildConnector: require("undici/lib/core/connect.js"),
  get ProxyAgent() {
    Dispatcher.prototype.connect = require("undici/lib/api/api-connect.js");
    return require("undici/lib/dispatcher/proxy-agent.js");
  },
};
