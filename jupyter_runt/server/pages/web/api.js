// Requests to the server that this page came from.

export const config = JSON.parse(document.getElementById("config").textContent);

// A token that came in the address has become a cookie; it is not left where addresses are copied from.
const address = new URL(location.href);
if (address.searchParams.has("token")) {
  address.searchParams.delete("token");
  history.replaceState(null, "", address);
}

export const url = (...parts) => [config.root, ...parts].join("/");
export const api = (...parts) => url("api", ...parts);

export function socket(path) {
  const at = new URL(path, location.href);
  at.protocol = at.protocol.replace("http", "ws");
  return new WebSocket(at);
}

// What went wrong, as the server says it: what happened, and what to do.
export class RequestError extends Error {
  constructor(status, told) {
    super([told.message, told.remedy].filter(Boolean).join(" "));
    this.status = status;
  }
}

function cookie(name) {
  const found = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

async function send(path, options) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", redirect: "error", ...options });
  } catch {
    throw new RequestError(0, { message: "The server does not answer.", remedy: "Try again in a moment." });
  }
  if (response.ok) return response;
  let told = {};
  try {
    told = await response.json();
  } catch {
    // a proxy's page, not the server's answer
  }
  throw new RequestError(response.status, { message: `The server answered ${response.status}.`, ...told });
}

export async function get(path) {
  return (await send(path, {})).json();
}

export async function post(path, body, headers = {}) {
  const sent = { "Content-Type": "application/json", "X-XSRFToken": cookie("_xsrf"), ...headers };
  return (await send(path, { method: "POST", headers: sent, body: JSON.stringify(body) })).json();
}

// -- large values: events name them, and they are fetched when they are to be seen -------------------------------------

const AT_ONCE = 4;
const waiting = [];
let under = 0;

function turn() {
  if (under < AT_ONCE) {
    under += 1;
    return Promise.resolve();
  }
  return new Promise((go) => waiting.push(go));
}

export async function blob(sha256) {
  await turn();
  try {
    return await (await send(api("blobs", sha256), {})).text();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else under -= 1;
  }
}

export const isReference = (value) => typeof value?.$blob === "string";

// A value with its blobs put back, as events/codec.py does it.
export async function resolve(value) {
  if (Array.isArray(value)) return Promise.all(value.map(resolve));
  if (value === null || typeof value !== "object") return value;
  if (isReference(value)) {
    const content = await blob(value.$blob);
    return value.json ? resolve(JSON.parse(content)) : content;
  }
  const entries = Object.entries(value).map(async ([key, item]) => [key.startsWith("$$") ? key.slice(1) : key, await resolve(item)]);
  return Object.fromEntries(await Promise.all(entries));
}
