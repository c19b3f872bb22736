/** Whether a token may be signed: a JWT begins with a JSON object in base64url. */
export const isSignedToken = (token: string): boolean => /^ey[\w-]*\.[\w-]+\.[\w-]*$/.test(token);
