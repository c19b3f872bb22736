import { aboutTfjs } from '../../../../protocol/sentences/tfjs.ts';
import { ImportError } from '../../importError.ts';
import { at } from '../../onnx/tensor.ts';

/**
 * All that `roots` need, each after what it needs itself. Works without recursion: a graph may be as deep as it is
 * large.
 *
 * @throws ImportError `unsupported_use` if something needs itself, as what stands in a loop does
 */
export function inOrder(roots: readonly string[], needs: (name: string) => readonly string[]): string[] {
  const order: string[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const stack = roots.toReversed();
  while (stack.length > 0) {
    const name = at(stack, -1);
    const seen = state.get(name);
    if (seen === undefined) {
      state.set(name, 'open');
      for (const next of needs(name).toReversed()) {
        if (state.get(next) === 'open') {
          throw new ImportError('unsupported_use', aboutTfjs('graph_cycle', { node: next }));
        }
        stack.push(next);
      }
    } else {
      stack.pop();
      if (seen === 'done') continue;
      state.set(name, 'done');
      order.push(name);
    }
  }
  return order;
}
