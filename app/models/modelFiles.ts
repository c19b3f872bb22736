import { Zip, ZipPassThrough } from 'fflate';
import { MODEL_FILES_IN_WORDS } from '../../protocol/modelFiles.ts';

/** A file with its place in the folder that it came from. */
export interface NamedFile {
  /** With forward slashes, such as `model/model.json`. */
  path: string;
  file: File;
}

const MODEL_FILE = /\.(onnx|zip|json|bin|onnx_data(_\d+)?|data|pb|pt|pth|tflite|h5|keras|safetensors)$/i;

/** Whether a file that is dropped on the page is rather a model than a picture. */
export const isModelFile = (name: string): boolean => MODEL_FILE.test(name);

/** Whether what is dropped on the page is rather a model, or a folder with one, than pictures. */
export const looksLikeModel = (transfer: Pick<DataTransfer, 'files' | 'items'>): boolean =>
  [...transfer.items].some((item) => item.webkitGetAsEntry()?.isDirectory) ||
  [...transfer.files].some(({ name }) => isModelFile(name));

/** None of the files can be a model. */
class NoModelError extends Error {
  override readonly name = 'NoModelError';
  readonly code = 'no_model_file';
}

/**
 * The one file that is sent: the file itself, or several in a zip.
 * @throws NoModelError where none of them can be a model; nothing is to be sent then
 */
export async function packFiles(files: readonly NamedFile[]): Promise<File> {
  // A file without an extension may be one: its bytes decide.
  if (!files.some(({ path }) => isModelFile(path) || !/\.[^./]+$/.test(path))) {
    const names = files.slice(0, 5).map(({ path }) => path);
    throw new NoModelError(
      `There is no model among ${names.join(', ')}${files.length > 5 ? ', …' : ''}. Expected is ${MODEL_FILES_IN_WORDS}.`,
    );
  }
  const [first] = files;
  // A folder names what is called model.onnx as all others are; a zip is no part of another.
  const needsFolder = folderOf(first) !== undefined && !/\.zip$/i.test(first?.path ?? '');
  if (first !== undefined && files.length === 1 && !needsFolder) return first.file;
  const parts: Blob[] = [];
  let chunks: Uint8Array<ArrayBuffer>[] = [];
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    chunks.push(chunk);
  });
  for (const { path, file } of files) {
    // Weights do not get smaller by compression.
    const entry = new ZipPassThrough(path);
    zip.add(entry);
    const reader = file.stream().getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) entry.push(read.value);
    entry.push(new Uint8Array(0), true);
    // The browser may keep a blob on disk.
    parts.push(new Blob(chunks));
    chunks = [];
  }
  zip.end();
  return new File([...parts, ...chunks], `${nameOf(files)}.zip`);
}

/** What a person is shown of a model that is made up of `files`: the folder that they chose, or the file. */
export function titleOf(files: readonly NamedFile[]): string {
  const main = mainFile(files);
  return folderOf(main) ?? main?.file.name ?? 'model';
}

/** The folder's name, else that of the graph, else of the largest file: what remains in mind of a model. */
function nameOf(files: readonly NamedFile[]): string {
  const main = mainFile(files);
  return folderOf(main) ?? main?.file.name.replace(/\.[^.]+$/, '') ?? 'model';
}

function mainFile(files: readonly NamedFile[]): NamedFile | undefined {
  const isGraph = ({ path }: NamedFile) => /\.onnx$/i.test(path);
  return [...files].sort((a, b) => Number(isGraph(b)) - Number(isGraph(a)) || b.file.size - a.file.size)[0];
}

function folderOf(file: NamedFile | undefined): string | undefined {
  const [folder, ...below] = file?.path.split('/') ?? [];
  return below.length > 0 ? folder : undefined;
}

/** Files that a person chose, one by one or as a folder. */
export function chosenFiles(input: HTMLInputElement): NamedFile[] {
  return [...(input.files ?? [])]
    .map((file) => ({ path: file.webkitRelativePath || file.name, file }))
    .filter(({ path }) => !isHidden(path));
}

/** Files that were dropped, and those in folders that were. Call it in the drop event itself: it is emptied after. */
export async function droppedFiles(transfer: Pick<DataTransfer, 'files' | 'items'>): Promise<NamedFile[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry());
  const plain = [...transfer.files].map((file) => ({ path: file.name, file }));
  // What another page or a program hands over may be no file of a disk.
  const files = entries.includes(null)
    ? plain
    : (await Promise.all(entries.filter((entry) => entry !== null).map(filesBelow))).flat();
  return files.filter(({ path }) => !isHidden(path));
}

async function filesBelow(entry: FileSystemEntry): Promise<NamedFile[]> {
  const path = entry.fullPath.replace(/^\//, '');
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    return [{ path, file }];
  }
  if (!isDirectory(entry)) return [];
  const reader = entry.createReader();
  const children: FileSystemEntry[] = [];
  // It gives a hundred at a time, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) break;
    children.push(...some);
  }
  return (await Promise.all(children.map(filesBelow))).flat();
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isDirectory = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;
/** What systems put into folders, such as `.DS_Store` and `__MACOSX`. */
const isHidden = (path: string) => path.split('/').some((part) => /^(\.|__MACOSX$|Thumbs\.db$)/.test(part));
