/** A picture that the build copies to the pages' files. */
declare module '*.jpg' {
  const picture: { readonly src: string; readonly width: number; readonly height: number };
  export default picture;
}
