const NAMES: Readonly<Record<string, string>> = {
  QRCode: 'QR Code',
  MicroQRCode: 'Micro QR Code',
  RMQRCode: 'rMQR Code',
  EAN13: 'EAN-13',
  EAN8: 'EAN-8',
  UPCA: 'UPC-A',
  UPCE: 'UPC-E',
  PDF417: 'PDF417',
  MaxiCode: 'MaxiCode',
  DataBarOmni: 'GS1 DataBar',
  DataBarLtd: 'GS1 DataBar Limited',
  DataBarExp: 'GS1 DataBar Expanded',
  DataBarStk: 'GS1 DataBar Stacked',
  DataBarStkOmni: 'GS1 DataBar Stacked',
  DataBarExpStk: 'GS1 DataBar Expanded Stacked',
};

/** A symbology as people write it: `Data Matrix` of `DataMatrix`. Names of standards are the same in every language. */
export const symbologyName = (format: string): string =>
  NAMES[format] ?? format.replaceAll(/([a-z])([A-Z0-9])/g, '$1 $2');
