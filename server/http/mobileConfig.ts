import { createHash, X509Certificate } from 'node:crypto';

/**
 * A configuration profile that installs a certificate authority on iPhones, iPads and Macs
 * (https://developer.apple.com/documentation/devicemanagement/certificateroot). Not signed: systems say so, and show what is in it.
 * @param certificate PEM
 */
export function mobileConfig(certificate: string): string {
  const { raw, subject } = new X509Certificate(certificate);
  const name = escapeXml(/^CN=(.*)$/m.exec(subject)?.[1] ?? 'Livelens');
  // The same each time, so that a second installation takes the place of the first.
  const [profileId, payloadId] = [uuidOf('profile', raw), uuidOf('payload', raw)];
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>PayloadContent</key>
	<array>
		<dict>
			<key>PayloadType</key>
			<string>com.apple.security.root</string>
			<key>PayloadVersion</key>
			<integer>1</integer>
			<key>PayloadIdentifier</key>
			<string>livelens.${payloadId}</string>
			<key>PayloadUUID</key>
			<string>${payloadId}</string>
			<key>PayloadDisplayName</key>
			<string>${name}</string>
			<key>PayloadContent</key>
			<data>${raw.toString('base64')}</data>
		</dict>
	</array>
	<key>PayloadType</key>
	<string>Configuration</string>
	<key>PayloadVersion</key>
	<integer>1</integer>
	<key>PayloadIdentifier</key>
	<string>livelens.${profileId}</string>
	<key>PayloadUUID</key>
	<string>${profileId}</string>
	<key>PayloadDisplayName</key>
	<string>${name}</string>
</dict>
</plist>
`;
}

const escapeXml = (text: string) => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);

function uuidOf(purpose: string, certificate: Buffer): string {
  const hex = createHash('sha256').update(purpose).update(certificate).digest('hex');
  // Version 8: made by a rule of our own (RFC 9562, 5.8).
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ]
    .join('-')
    .toUpperCase();
}
