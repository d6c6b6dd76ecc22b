// Pictures in the format PPM: "P6", width, height and 255, each followed by white space, then three bytes for each
// pixel.

const HEADER = /^P6\s+(\d+)\s+(\d+)\s+255\s/;

function header(bytes) {
  return HEADER.exec(String.fromCharCode(...bytes.subarray(0, 64)));
}

/** Whether bytes are those of a picture, or their beginning. */
export function isPicture(bytes) {
  return header(bytes) !== null;
}

/** A picture for a canvas. */
export function toImageData(bytes) {
  const [text, width, height] = header(bytes);
  const pixels = bytes.subarray(text.length);
  const image = new ImageData(Number(width), Number(height));
  if (pixels.length < image.width * image.height * 3) throw new Error("the picture is not whole");
  for (let pixel = 0; pixel < image.width * image.height; pixel += 1) {
    image.data.set(pixels.subarray(3 * pixel, 3 * pixel + 3), 4 * pixel);
    image.data[4 * pixel + 3] = 255;
  }
  return image;
}
