// Functions that configurations call as `provider::<name>::<function>(…)`, typed from their parameters and their result.
import { type CtyType, isWhollyKnown, type TfValue, type Unknown } from "../cty";
import { checkName, SchemaError, type StageTypes, type Type, type Validator } from "../schema";

/** Options of a parameter. */
export interface ParameterOptions<S extends StageTypes> {
  /** The documentation, in Markdown. */
  readonly description: string;
  /** Whether the argument may be null. Otherwise Terraform refuses the call. */
  readonly allowNull?: boolean;
  /** Whether the argument may be unknown, at any depth. Otherwise the result is unknown, without a call. */
  readonly allowUnknown?: boolean;
  /** Checks an argument that is known and not null: returns the problem, which completes "The argument … ", or nothing. */
  readonly validate?: Validator<S["known"]>;
}

/** The type of an argument as it follows from its parameter's type and options. */
export type Argument<S extends StageTypes, O extends ParameterOptions<S>> =
  | (O extends { readonly allowUnknown: true } ? S["config"] | Unknown : S["known"])
  | (O extends { readonly allowNull: true } ? null : never);

/** The key under which a parameter carries the type of its argument. It exists for the compiler only. */
declare const ARGUMENT: unique symbol;

/** A parameter at run time. */
export interface ParameterSpec {
  readonly name: string;
  readonly type: CtyType;
  readonly description: string;
  readonly allowNull: boolean;
  readonly allowUnknown: boolean;
  /** The problem of an argument for the user, or nothing. */
  readonly check: (argument: TfValue) => string | undefined;
}

/** A parameter of a function; `V` is the type of its argument. */
export interface Parameter<V> extends ParameterSpec {
  readonly [ARGUMENT]: V;
}

/** A parameter. Arguments are positional: the name is for the documentation and for the paths of errors. */
export function parameter<S extends StageTypes, const O extends ParameterOptions<S>>(
  name: string,
  type: Type<S>,
  options: O,
): Parameter<Argument<S, O>> {
  const { description, allowNull = false, allowUnknown = false, validate } = options;
  checkName([name]);
  const spec: ParameterSpec = {
    name,
    type: type.cty,
    description,
    allowNull,
    allowUnknown,
    check: (argument) => (argument === null || !isWhollyKnown(argument) ? undefined : validate?.(argument)),
  };
  return spec as Parameter<Argument<S, O>>;
}

/** The types of the arguments of some parameters. */
type Arguments<P extends readonly Parameter<unknown>[]> = { readonly [I in keyof P]: P[I][typeof ARGUMENT] };

/** A function's documentation, signature and implementation. */
export interface FunctionOptions<P extends readonly Parameter<unknown>[], S extends StageTypes> {
  /** One line of plain text. */
  readonly summary: string;
  /** The documentation, in Markdown. */
  readonly description: string;
  readonly parameters: P;
  readonly returns: Type<S>;
  /**
   * Returns the result for these arguments. It has to be pure: Terraform calls it in any run, also before and without `configure`, and
   * requires equal results for equal arguments. A thrown `ProviderError` reaches the user; its path starts with the name of the
   * parameter that it is about. Its text must not quote an argument, which may be sensitive: Terraform does not say so.
   */
  call(...args: Arguments<P>): S["state"] | (Unknown extends Arguments<P>[number] ? Unknown : never);
}

/** A function of a provider; the types of its arguments and of its result are erased. */
export interface ProviderFunction {
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly ParameterSpec[];
  readonly returns: CtyType;
  readonly call: (...args: readonly TfValue[]) => TfValue;
}

/**
 * Declares a function of a provider.
 *
 * @throws SchemaError when two parameters have one name
 */
export function providerFunction<const P extends readonly Parameter<unknown>[], S extends StageTypes>(
  options: FunctionOptions<P, S>,
): ProviderFunction {
  const { summary, description, parameters, returns } = options;
  for (const [i, { name }] of parameters.entries()) {
    if (parameters.findIndex((other) => other.name === name) < i) throw new SchemaError([name], "two parameters");
  }
  // The cast erases the types of the arguments and of the result: from here on, the codec guarantees them.
  const call = options.call.bind(options) as unknown as ProviderFunction["call"];
  return { summary, description, parameters, returns: returns.cty, call };
}
