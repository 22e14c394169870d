import QRCode from 'qrcode';

/** A BOLT11 invoice as a QR code of block characters. Upper case makes the code smaller; wallets take both. */
export function qrCode(bolt11: string): Promise<string> {
  return QRCode.toString(bolt11.toUpperCase(), { type: 'utf8', errorCorrectionLevel: 'L' });
}
