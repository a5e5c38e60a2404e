// zod for our bundles: the parts that src/ uses, without the texts in 50 languages. The build fails where src/ uses another one.
export {
  array,
  boolean,
  custom,
  discriminatedUnion,
  enum,
  iso,
  literal,
  looseObject,
  null,
  number,
  object,
  record,
  strictObject,
  string,
  union,
} from "zod/v4";
