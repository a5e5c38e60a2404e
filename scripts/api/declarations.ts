import { join, sep } from "node:path";
import { ts } from "@ts-morph/common";

/** An entry point of the package: `.` or `./resolver` of package.json's `exports`. */
export interface EntryPoint {
  /** The specifier that users write: `cdktf-ironic-oci/resolver`. */
  readonly specifier: string;
  /** Its exports, sorted by name. */
  readonly exports: readonly PublicExport[];
}

/** A name that users can import. */
export interface PublicExport {
  /** The name, with the namespace before it: `ironic.NodeV1`. */
  readonly name: string;
  readonly symbol: ts.Symbol;
  /** All of its declarations: a type and a value may share a name. */
  readonly declarations: readonly ts.Declaration[];
  /** The docstring without its tags. */
  readonly docs: string;
  /** The code of `@example`. */
  readonly examples: readonly string[];
  readonly members: readonly PublicMember[];
  readonly isError: boolean;
  /** Whether it is a class made from the provider's schema (constructs/bindings/generated). */
  readonly isGenerated: boolean;
}

/** A property, accessor, method or constructor of a {@link PublicExport}, declared in this package. */
export interface PublicMember {
  readonly name: string;
  readonly docs: string;
  readonly type: string;
  readonly optional: boolean;
  readonly declaration: ts.Declaration;
}

/** The standard library is not part of @ts-morph/common. These types have properties of the types in their arguments. */
const UTILITY_TYPES = `
interface Array<T> {} interface ReadonlyArray<T> {} interface Boolean {} interface Function {} interface IArguments {}
interface Number {} interface Object {} interface RegExp {} interface String {}
type Exclude<T, U> = T extends U ? never : T;
type Pick<T, K extends keyof T> = { [P in K]: T[P] };
type Omit<T, K extends keyof any> = Pick<T, Exclude<keyof T, K>>;
type Partial<T> = { [P in keyof T]?: T[P] };
type Required<T> = { [P in keyof T]-?: T[P] };
type Readonly<T> = { readonly [P in keyof T]: T[P] };
type Record<K extends keyof any, T> = { [P in K]: T };
`;

/** The declarations that the build made, as a TypeScript program. */
export class Declarations {
  readonly checker: ts.TypeChecker;
  readonly #program: ts.Program;
  readonly #dist: string;
  readonly #printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });

  constructor(root: string, files: readonly string[]) {
    this.#dist = join(root, "dist") + sep;
    const options: ts.CompilerOptions = {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.Node16,
      moduleResolution: ts.ModuleResolutionKind.Node16,
      noLib: true,
      types: [],
      strict: true,
      skipLibCheck: true,
      noEmit: true,
    };
    const library = join(root, "utility-types.d.ts");
    const host = ts.createCompilerHost(options);
    const { getSourceFile } = host;
    host.getSourceFile = (name, version, ...rest) =>
      name === library
        ? ts.createSourceFile(name, UTILITY_TYPES, version)
        : getSourceFile.call(host, name, version, ...rest);
    this.#program = ts.createProgram({ rootNames: [library, ...files.map((file) => join(root, file))], options, host });
    this.checker = this.#program.getTypeChecker();
  }

  entryPoint(specifier: string, file: string): EntryPoint {
    const source = this.#program.getSourceFiles().find(({ fileName }) => fileName.endsWith(`/${file}`));
    const module = source && this.checker.getSymbolAtLocation(source);
    if (!module) throw new Error(`${file} is not there, or exports nothing: run npm run build`);
    return { specifier, exports: this.#exportsOf(module, "") };
  }

  /** Whether a class is IronicOciError or extends it. */
  #isError(symbol: ts.Symbol): boolean {
    if (symbol.name === "IronicOciError") return true;
    return (symbol.declarations ?? []).some((declaration) => {
      if (!ts.isClassDeclaration(declaration)) return false;
      const base = declaration.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
      const extended = base && this.checker.getSymbolAtLocation(base.expression);
      return extended !== undefined && this.#isError(this.resolved(extended));
    });
  }

  #exportsOf(module: ts.Symbol, prefix: string): PublicExport[] {
    return this.checker
      .getExportsOfModule(module)
      .flatMap((exported) => {
        const symbol = this.resolved(exported);
        const name = prefix + exported.name;
        // export * as ironic
        if (symbol.flags & ts.SymbolFlags.ValueModule) return this.#exportsOf(symbol, `${name}.`);
        return [this.#publicExport(name, symbol)];
      })
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  #publicExport(name: string, symbol: ts.Symbol): PublicExport {
    const declarations = symbol.declarations ?? [];
    const isError = this.#isError(symbol);
    const members = declarations.flatMap((declaration) => this.#membersOf(declaration, isError));
    return {
      name,
      symbol,
      declarations,
      docs: this.#docsOf(symbol),
      examples: symbol
        .getJsDocTags(this.checker)
        .filter(({ name: tag }) => tag === "example")
        .map(({ text }) => ts.displayPartsToString(text)),
      members: [...new Map(members.map((member) => [member.name, member])).values()],
      isError,
      isGenerated: declarations.some((declaration) => declaration.getSourceFile().fileName.includes("/generated/")),
    };
  }

  /** The members that are declared here or inherited from this package; an error's constructor is not for users. */
  #membersOf(declaration: ts.Declaration, isError: boolean): PublicMember[] {
    if (ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration)) {
      const type = this.checker.getTypeAtLocation(declaration);
      if (!(type.flags & ts.TypeFlags.Object)) return [];
      return type.getProperties().flatMap((property) => this.#member(property));
    }
    if (ts.isVariableDeclaration(declaration)) {
      const type = this.checker.getTypeAtLocation(declaration);
      return type.getProperties().flatMap((property) => this.#member(property));
    }
    if (!ts.isClassDeclaration(declaration)) return [];
    return declaration.members.flatMap((member) => {
      if (isPrivate(member)) return [];
      if (ts.isConstructorDeclaration(member)) {
        if (isError || member.parameters.length === 0) return [];
        const docs = ts.displayPartsToString(
          this.checker.getSignatureFromDeclaration(member)?.getDocumentationComment(this.checker),
        );
        return [{ name: "constructor", docs, type: "", optional: false, declaration: member }];
      }
      const symbol = member.name && this.checker.getSymbolAtLocation(member.name);
      return symbol ? this.#member(symbol) : [];
    });
  }

  #member(symbol: ts.Symbol): PublicMember[] {
    const declaration = symbol.declarations?.find((each) => this.isOurs(each));
    if (!declaration) return [];
    return [
      {
        name: symbol.name,
        docs: this.#docsOf(symbol),
        type: typeText(declaration),
        optional: (symbol.flags & ts.SymbolFlags.Optional) !== 0,
        declaration,
      },
    ];
  }

  /** The text of a docstring; one that a base class or interface has counts for its members. */
  #docsOf(symbol: ts.Symbol): string {
    const text = ts.displayPartsToString(symbol.getDocumentationComment(this.checker)).trim();
    const deprecated = symbol.getJsDocTags(this.checker).find(({ name }) => name === "deprecated");
    return text || (deprecated ? `Deprecated. ${ts.displayPartsToString(deprecated.text)}` : "");
  }

  resolved(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol;
  }

  /** Whether something is declared in this package's build. */
  isOurs(declaration: ts.Declaration): boolean {
    return declaration.getSourceFile().fileName.startsWith(this.#dist);
  }

  /** The base class of the generated provider has the same name as the class that users import. */
  #isExportable(declaration: ts.Declaration): boolean {
    const isBase = declaration.getSourceFile().fileName.endsWith("/bindings/generated/provider.d.ts");
    return this.isOurs(declaration) && !ts.isTypeParameterDeclaration(declaration) && !isBase;
  }

  /** The types of this package that a declaration names, without those that only private members name. */
  referencedTypes(declaration: ts.Declaration, isError: boolean): readonly ts.Symbol[] {
    const found = new Set<ts.Symbol>();
    const visit = (node: ts.Node): void => {
      if (ts.isClassElement(node) && (isPrivate(node) || (isError && ts.isConstructorDeclaration(node)))) return;
      if (ts.isTypeReferenceNode(node) || ts.isExpressionWithTypeArguments(node)) {
        const name = ts.isTypeReferenceNode(node) ? node.typeName : node.expression;
        const at = this.checker.getSymbolAtLocation(name);
        const symbol = at && this.resolved(at);
        const isOurType = symbol?.declarations?.some((each) => this.#isExportable(each));
        if (symbol && isOurType) found.add(symbol);
      }
      ts.forEachChild(node, visit);
    };
    visit(declaration);
    return [...found];
  }

  /** A declaration as text: without comments, private members and an error's constructor. */
  print({ declarations, isError }: PublicExport): string {
    return declarations
      .map((declaration) => {
        const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
        const node = ts.isClassDeclaration(statement) ? withoutPrivate(statement, isError) : statement;
        const text = this.#printer.printNode(ts.EmitHint.Unspecified, node, declaration.getSourceFile());
        return text.replace(/^export (?:default )?(?:declare )?/, "").replaceAll("    ", "  ");
      })
      .join("\n");
  }
}

function isPrivate(member: ts.ClassElement): boolean {
  if (member.name && ts.isPrivateIdentifier(member.name)) return true;
  return (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private) !== 0;
}

function withoutPrivate(declaration: ts.ClassDeclaration, isError: boolean): ts.ClassDeclaration {
  const { modifiers, name, typeParameters, heritageClauses, members } = declaration;
  // A private constructor stays: it shows that `new` is not for users.
  const shown = members.filter((member) => (ts.isConstructorDeclaration(member) ? !isError : !isPrivate(member)));
  return ts.factory.updateClassDeclaration(declaration, modifiers, name, typeParameters, heritageClauses, shown);
}

function typeText(declaration: ts.Declaration): string {
  if (
    ts.isGetAccessorDeclaration(declaration) ||
    ts.isPropertySignature(declaration) ||
    ts.isPropertyDeclaration(declaration)
  ) {
    return declaration.type?.getText().replace(/ \| undefined$/, "") ?? "";
  }
  if (ts.isMethodDeclaration(declaration) || ts.isMethodSignature(declaration)) {
    const parameters = declaration.parameters.map((parameter) => parameter.getText()).join(", ");
    return `(${parameters}) => ${declaration.type?.getText() ?? "void"}`.replaceAll(/\s+/g, " ");
  }
  return "";
}
