// Counts the bytes of everything that is fetched, and says what could not be loaded.

export class Loading {
  // `report` is called with the bytes that came and those that are known to come, and `lost` with
  // a sentence when something cannot be loaded: Pyodide itself waits for ever then.
  constructor(report, lost) {
    this.report = report;
    this.lost = lost;
    this.come = 0;
    this.known = 0;
  }

  // Fetches like `fetch`. A status that is no success is an error which names the file.
  async fetch(plain, resource, options) {
    const address = new URL(resource.url ?? resource, globalThis.location.href);
    const name = decodeURIComponent(address.pathname.split("/").pop());
    let response;
    try {
      response = await plain(resource, options);
    } catch (error) {
      throw this.failed(`${name} could not be fetched (${error.message}).`);
    }
    if (!response.ok) {
      throw this.failed(`${name} is not on this site (status ${response.status}).`);
    }
    if (!response.body) return response;
    // With a content encoding, the length is that of the encoded bytes, which are not what comes.
    if (!response.headers.get("content-encoding")) {
      this.known += Number(response.headers.get("content-length") ?? 0);
    }
    const counting = new TransformStream({
      transform: (chunk, controller) => {
        this.come += chunk.length;
        this.report(this.come, this.known);
        controller.enqueue(chunk);
      },
    });
    const { status, headers } = response;
    return new Response(response.body.pipeThrough(counting), { status, headers });
  }

  failed(what) {
    this.lost(what);
    return new Error(what);
  }
}
