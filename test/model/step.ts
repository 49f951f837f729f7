import fc from 'fast-check';
import type { World } from './world.ts';

/** One kind of thing that may happen. */
export interface Step<Parameters> {
  readonly name: string;
  /** How likely it is, beside the others of a history. */
  readonly weight: number;
  readonly parameters: fc.Arbitrary<Parameters>;
  /** Resolves with false when it cannot happen in this world: the history goes on without it. */
  take(world: World, parameters: Parameters): Promise<boolean> | boolean;
}

/** A step with its parameters, as it stands in a history. */
export interface PlannedStep {
  readonly name: string;
  take(world: World): Promise<void>;
  toString(): string;
}

/** Makes a step; its parameters keep their type inside. */
export function step<Parameters>(step: Step<Parameters>): PlannableStep {
  return {
    name: step.name,
    weight: step.weight,
    planned: step.parameters.map((parameters) => plan(step, parameters)),
  };
}

export interface PlannableStep {
  readonly name: string;
  readonly weight: number;
  readonly planned: fc.Arbitrary<PlannedStep>;
}

function plan<Parameters>(step: Step<Parameters>, parameters: Parameters): PlannedStep {
  const text = `${step.name} ${JSON.stringify(parameters)}`;
  return {
    name: step.name,
    async take(world) {
      world.note(text);
      const happened = await step.take(world, parameters);
      if (happened) world.saw(step.name);
      else world.note('  (not possible)');
    },
    toString: () => text,
    [fc.toStringMethod]: () => `\n  ${text}`,
  } as PlannedStep;
}

/** The one that a number means, of a list that may be empty. */
export function pick<Item>(items: readonly Item[], which: number): Item | undefined {
  return items.length === 0 ? undefined : items[which % items.length];
}
