// The worker that has Python in it: starts it, gives it one job at a time, and ends it.

export class Broken extends Error {
  constructor(missing, text) {
    super(missing || text);
    this.missing = missing; // the file that could not be loaded, in a sentence, or ""
  }
}

export class Stopped extends Error {}

export class Python {
  #worker = null;
  #ready = null;
  #job = null;

  // `watch` is called with each message about how far something is, and with `kind` "state"
  // whenever Python can take a job, or cannot.
  constructor(watch) {
    this.watch = watch;
  }

  #tell(ready) {
    this.watch({ kind: "state", ready, job: this.#job?.name ?? "" });
  }

  // Starts Python unless it is there. Fails with `Broken` where it cannot start.
  start() {
    this.#ready ??= new Promise((resolve, reject) => {
      const worker = new Worker(new URL("worker.mjs", import.meta.url), { type: "module" });
      this.#worker = worker;
      worker.onmessage = ({ data }) => {
        if (data.kind === "ready") {
          resolve(data.version);
          this.#tell(true);
        }
        if (data.kind === "broken") reject(new Broken(data.missing, data.text));
        else if (data.kind === "done") this.#end((job) => job.resolve(data.result));
        else if (data.kind === "crashed") this.#end((job) => job.reject(new Error(data.text)));
        else if (data.kind !== "ready") this.watch(data);
      };
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Broken("", event.message || "the browser did not start the worker"));
      };
    });
    return this.#ready;
  }

  // Returns what comes of a job. There has to be no other one.
  run(name, facts) {
    return new Promise((resolve, reject) => {
      this.#job = { name, resolve, reject };
      this.#worker.postMessage({ job: name, ...facts });
      this.#tell(false);
    });
  }

  // Ends Python in the middle of whatever it does. `start` begins with a new one.
  stop() {
    this.#worker?.terminate();
    this.#worker = this.#ready = null;
    this.#tell(false);
    this.#end((job) => job.reject(new Stopped("stopped")));
  }

  #end(how) {
    const job = this.#job;
    this.#job = null;
    if (!job) return;
    this.#tell(this.#worker !== null);
    how(job);
  }
}
