import { Decoder, Demuxer, Encoder, FilterAPI } from 'node-av/api';
import {
  AV_CODEC_FLAG_QSCALE,
  AV_CODEC_ID_MJPEG,
  AV_LOG_QUIET,
  AVERROR_EXIT,
  AVERROR_HTTP_FORBIDDEN,
  AVERROR_HTTP_NOT_FOUND,
  AVERROR_HTTP_UNAUTHORIZED,
  AVSEEK_FLAG_BACKWARD,
  FF_QP2LAMBDA,
} from 'node-av/constants';
import { avGetCodecName, FFmpegError, Log } from 'node-av/lib';
import type { Frame, Rational } from 'node-av/lib';
import type { FailureCode } from './failures.ts';
import { SourceFailure } from './failures.ts';
import type { Span } from './mask-raster.ts';
import { paint } from './mask-raster.ts';

/**
 * The one door to FFmpeg. Runs in a camera's own process only: its calls block, and a native crash must never
 * reach another camera. `Decoder.createSync` and `framesSync` crash the process (node-av 6.1) and are not used.
 */

// FFmpeg prints URLs, and with them credentials, to stderr; what went wrong comes back as codes instead.
Log.setLevel(AV_LOG_QUIET);

const noTimestamp = -9223372036854775808n;
const timestampUs = (value: bigint, timeBase: { num: number; den: number }): number =>
  Math.round((Number(value) * timeBase.num * 1e6) / timeBase.den);

/** What the container says about its video. Zeros where it does not say. */
export interface StreamInfo {
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly durationUs: number;
  readonly frames: number;
}

/** A decoded picture inside FFmpeg. Freed by whoever got it. */
export interface DecodedFrame {
  /** Timestamp as the source has it; null when it has none. */
  readonly ptsUs: number | null;
  readonly native: Frame;
  free(): void;
}

export interface VideoReader {
  readonly info: StreamInfo;
  /** False once a packet came without a timestamp: those of the frames are then guesses. */
  readonly exact: boolean;
  /** Decoded frames in display order, in batches; ends with the last ones the decoder held back. */
  batches(): AsyncGenerator<DecodedFrame[]>;
  /** To the key frame at or before that timestamp; only before the first batch is taken. */
  seek(ptsUs: number): Promise<boolean>;
  /** Ends a blocked read; batches() then ends. */
  interrupt(): void;
  close(): Promise<void>;
}

const ffmpegCodes = new Map<number, FailureCode>([
  [-2, 'missing'],
  [-13, 'forbidden'],
  [-110, 'timeout'],
  [-111, 'unreachable'],
  [-113, 'unreachable'],
  [-101, 'unreachable'],
  [-5, 'unreachable'],
  [AVERROR_EXIT, 'timeout'],
  [AVERROR_HTTP_UNAUTHORIZED, 'unauthorized'],
  [AVERROR_HTTP_FORBIDDEN, 'unauthorized'],
  [AVERROR_HTTP_NOT_FOUND, 'notFound'],
]);

const failureOf = (error: unknown, fallback: FailureCode): SourceFailure => {
  if (error instanceof SourceFailure) return error;
  const code = error instanceof FFmpegError ? ffmpegCodes.get(error.code) : undefined;
  return new SourceFailure(code ?? fallback, { cause: error });
};

const rate = (value: Rational): number => (value.num > 0 && value.den > 0 ? value.num / value.den : 0);

/** How to open a source. */
export interface OpenOptions {
  /** Decoding threads; 0 leaves it to FFmpeg. */
  readonly threads: number;
  /** Gives up connecting; must not fire later. */
  readonly signal?: AbortSignal;
  /** What an error FFmpeg does not explain means here. */
  readonly otherwise: FailureCode;
}

/** Opens a file or a stream. `options` are FFmpeg's of the protocol. Throws SourceFailure. */
export const openVideo = async (
  url: string,
  options: Record<string, string>,
  { threads, signal, otherwise }: OpenOptions,
): Promise<VideoReader> => {
  let demuxer: Demuxer;
  try {
    // Timestamps stay as the source has them (copyTs): repairing them is source-clock.ts's task.
    demuxer = await Demuxer.open(url, { copyTs: true, options, ...(signal ? { signal } : {}) });
  } catch (error) {
    throw signal?.aborted ? new SourceFailure('timeout') : failureOf(error, otherwise);
  }
  const stream = demuxer.video();
  if (!stream) {
    await demuxer.close();
    throw new SourceFailure('noVideo');
  }
  const timeBase = stream.timeBase;
  let decoder: Decoder;
  try {
    decoder = await Decoder.create(stream, { threadCount: threads, exitOnError: false });
  } catch (error) {
    await demuxer.close();
    throw failureOf(error, 'codec');
  }
  let exact = true;
  const wrap = (native: Frame): DecodedFrame => ({
    native,
    ptsUs:
      native.bestEffortTimestamp === noTimestamp ? null : timestampUs(native.bestEffortTimestamp, timeBase),
    free: () => native.free(),
  });
  return {
    info: {
      codec: avGetCodecName(stream.codecpar.codecId) ?? '',
      width: stream.codecpar.width,
      height: stream.codecpar.height,
      fps: rate(stream.avgFrameRate) || rate(stream.rFrameRate),
      durationUs: Math.round(Math.max(0, demuxer.duration) * 1e6),
      frames: Number(stream.nbFrames),
    },
    get exact() {
      return exact;
    },
    async *batches() {
      for await (const packet of demuxer.packets(stream.index)) {
        if (!packet) break;
        exact &&= packet.pts !== noTimestamp;
        const frames = decoder.decodeAllSync(packet);
        packet.free();
        if (frames.length > 0) yield frames.map(wrap);
      }
      yield decoder.decodeAllSync(null).map(wrap);
    },
    async seek(ptsUs) {
      return (await demuxer.seek(ptsUs / 1e6, -1, AVSEEK_FLAG_BACKWARD)) >= 0;
    },
    interrupt: () => demuxer.interrupt(),
    async close() {
      decoder.close();
      await demuxer.close();
    },
  };
};

/** A picture ready to leave the process. Its data is valid until the next one is made. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export interface PictureMaker {
  /** Scales, masks and encodes; the frame stays the caller's. Undefined when FFmpeg gave nothing out. */
  make(frame: DecodedFrame): Picture | undefined;
  close(): void;
}

export interface PictureOptions {
  /** Pixels; 0 keeps the source's. Never scaled up. */
  readonly frameWidth: number;
  readonly encoding: string;
  /** 1–100. */
  readonly jpegQuality: number;
  /** Pixels to paint over, for a size. */
  readonly mask: (width: number, height: number) => readonly Span[];
}

/**
 * MJPEG's quantiser for a quality of 1–100 as libjpeg counts it. libjpeg scales its table by 2 − q/50 (50/q below
 * 50); FFmpeg scales MPEG's, on average as coarse at 14. 2 is the finest FFmpeg advises, 31 the coarsest there is.
 */
const quantizer = (quality: number): number => {
  const scale = quality < 50 ? 50 / quality : 2 - quality / 50;
  return Math.min(31, Math.max(2, Math.round(14 * scale)));
};

/**
 * RGB takes two steps: scaling the colour planes where they are small and converting the few pixels left costs
 * less than half of FFmpeg's one step.
 */
const filterText = (width: number, height: number, encoding: string): string =>
  encoding === 'jpeg'
    ? `scale=${width}:${height}:flags=bilinear:out_range=full:out_color_matrix=bt601,format=yuvj420p`
    : `scale=${width}:${height}:flags=bilinear,format=yuv420p,scale,format=rgb24`;

const paintFrame = (frame: Frame, spans: readonly Span[], encoding: string): void => {
  if (spans.length === 0) return;
  frame.makeWritable();
  const strides = frame.linesize;
  const planes = (frame.data ?? []).map((data, index) =>
    encoding === 'jpeg'
      ? {
          data,
          stride: strides[index] as number,
          pixelBytes: 1,
          shift: index > 0 ? 1 : 0,
          value: index > 0 ? 128 : 0,
        }
      : { data, stride: strides[index] as number, pixelBytes: 3, shift: 0, value: 0 },
  );
  paint(spans, planes);
};

interface Stage {
  readonly key: string;
  readonly width: number;
  readonly height: number;
  readonly filter: FilterAPI;
  readonly encoder: Encoder | undefined;
  readonly spans: readonly Span[];
}

const openStage = (key: string, frame: Frame, options: PictureOptions): Stage => {
  const scaled = options.frameWidth > 0 && options.frameWidth < frame.width;
  const width = scaled ? options.frameWidth : frame.width;
  const height = scaled
    ? Math.max(2, Math.round((frame.height * width) / frame.width / 2) * 2)
    : frame.height;
  return {
    key,
    width,
    height,
    filter: FilterAPI.create(filterText(width, height, options.encoding), { threads: 1 }),
    encoder:
      options.encoding === 'jpeg'
        ? Encoder.createSync(AV_CODEC_ID_MJPEG, {
            threadCount: 1,
            options: { huffman: 'default' },
            configure: (context) => {
              context.flags = (context.flags | AV_CODEC_FLAG_QSCALE) as typeof context.flags;
              context.globalQuality = quantizer(options.jpegQuality) * FF_QP2LAMBDA;
            },
          })
        : undefined,
    spans: options.mask(width, height),
  };
};

/** Memory for one picture, used again for the next: a fresh array each time keeps the garbage collector busy. */
interface Scratch {
  bytes: Uint8Array;
}

const room = (scratch: Scratch, bytes: number): Uint8Array => {
  if (scratch.bytes.length < bytes) scratch.bytes = new Uint8Array(bytes);
  return scratch.bytes.subarray(0, bytes);
};

/** FFmpeg pads its rows; ours are not. */
const rgbBytes = (frame: Frame, width: number, height: number, scratch: Scratch): Uint8Array => {
  const source = frame.data?.[0] ?? new Uint8Array();
  const stride = frame.linesize[0] as number;
  const row = width * 3;
  const bytes = room(scratch, row * height);
  for (let y = 0; y < height; y++) bytes.set(source.subarray(y * stride, y * stride + row), y * row);
  return bytes;
};

const jpegBytes = (frame: Frame, encoder: Encoder, scratch: Scratch): Uint8Array | undefined => {
  const [packet] = encoder.encodeAllSync(frame);
  const data = packet?.data;
  if (!data) return undefined;
  const bytes = room(scratch, data.length);
  bytes.set(data);
  packet.free();
  return bytes;
};

/** Scaling, masking and encoding, all inside FFmpeg; a stream that changes its size gets new stages. */
export const createPictureMaker = (options: PictureOptions): PictureMaker => {
  let stage: Stage | undefined;
  const scratch: Scratch = { bytes: new Uint8Array() };
  let count = 0n;
  const close = (): void => {
    stage?.filter.close();
    stage?.encoder?.close();
    stage = undefined;
  };
  return {
    make({ native }) {
      const key = `${native.width}x${native.height}:${native.format}`;
      if (stage?.key !== key) {
        close();
        stage = openStage(key, native, options);
      }
      const [scaled, ...more] = stage.filter.processAllSync(native);
      for (const frame of more) frame.free();
      if (!scaled) return undefined;
      try {
        paintFrame(scaled, stage.spans, options.encoding);
        const { width, height, encoder } = stage;
        // The encoder refuses timestamps that do not grow; a JPEG needs none.
        scaled.pts = count++;
        const data = encoder ? jpegBytes(scaled, encoder, scratch) : rgbBytes(scaled, width, height, scratch);
        return data && { width, height, data };
      } finally {
        scaled.free();
      }
    },
    close,
  };
};
