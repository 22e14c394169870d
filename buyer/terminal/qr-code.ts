import QRCode from 'qrcode';

/**
 * A BOLT11 invoice as a QR code of block characters; with `colour` dark on light whatever the terminal's colours are,
 * since not every wallet reads an inverted one. Upper case makes the code smaller, and wallets take both.
 */
export function qrCode(bolt11: string, colour: boolean): Promise<string> {
  const text = bolt11.toUpperCase();
  const errorCorrectionLevel = 'L';
  return colour
    ? QRCode.toString(text, { type: 'terminal', small: true, errorCorrectionLevel })
    : QRCode.toString(text, { type: 'utf8', errorCorrectionLevel });
}
