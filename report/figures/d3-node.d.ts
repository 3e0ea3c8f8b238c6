declare module "d3-node" {
  /** Only what is used here; the package ships no types. */
  export class D3Node {
    constructor(options?: object);
    document: Document;
  }
}
