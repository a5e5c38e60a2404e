/** Collects what is written to stderr from now on, until `jest.restoreAllMocks()`. */
export function captureStderr(): { text: string } {
  const written = { text: "" };
  jest.spyOn(process.stderr, "write").mockImplementation((chunk) => {
    written.text += String(chunk);
    return true;
  });
  return written;
}
