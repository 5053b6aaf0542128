"""The codes of errors that openCypher names: what is wrong with a query, for programs.

Above: whoever raises a SeaglassError about a query; the handlers of callers.
A code is `Type.Detail`, both words as the openCypher TCK has them. Codes are append-only and never
change their meaning; an error that openCypher has no word for has no code.
"""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """What is wrong. Of names that end alike, the type says where it was found."""

    # The text of the query.
    UNEXPECTED_SYNTAX = "SyntaxError.UnexpectedSyntax"
    INVALID_NUMBER = "SyntaxError.InvalidNumberLiteral"
    INVALID_UNICODE = "SyntaxError.InvalidUnicodeLiteral"
    INVALID_CHARACTER = "SyntaxError.InvalidUnicodeCharacter"
    INTEGER_OVERFLOW = "SyntaxError.IntegerOverflow"
    FLOAT_OVERFLOW = "SyntaxError.FloatingPointOverflow"
    CLAUSE_ORDER = "SyntaxError.InvalidClauseComposition"
    # Variables and columns.
    UNDEFINED_VARIABLE = "SyntaxError.UndefinedVariable"
    ALREADY_BOUND = "SyntaxError.VariableAlreadyBound"
    TYPE_CONFLICT = "SyntaxError.VariableTypeConflict"
    NO_VARIABLES = "SyntaxError.NoVariablesInScope"
    NO_ALIAS = "SyntaxError.NoExpressionAlias"
    COLUMN_CONFLICT = "SyntaxError.ColumnNameConflict"
    DIFFERENT_COLUMNS = "SyntaxError.DifferentColumnsInUnion"
    # Aggregates.
    INVALID_AGGREGATION = "SyntaxError.InvalidAggregation"
    NESTED_AGGREGATION = "SyntaxError.NestedAggregation"
    AMBIGUOUS_AGGREGATION = "SyntaxError.AmbiguousAggregationExpression"
    # Functions, procedures and their arguments.
    UNKNOWN_FUNCTION = "SyntaxError.UnknownFunction"
    UNKNOWN_PROCEDURE = "ProcedureError.ProcedureNotFound"
    ARGUMENT_COUNT = "SyntaxError.InvalidNumberOfArguments"
    ARGUMENT_PASSING = "SyntaxError.InvalidArgumentPassingMode"
    ARGUMENT_TYPE = "SyntaxError.InvalidArgumentType"
    MISSING_PARAMETER = "ParameterMissing.MissingParameter"
    PARAMETER_USE = "SyntaxError.InvalidParameterUse"
    NOT_CONSTANT = "SyntaxError.NonConstantExpression"
    NEGATIVE_INTEGER = "SyntaxError.NegativeIntegerArgument"
    # Patterns and writes.
    RELATIONSHIP_PATTERN = "SyntaxError.InvalidRelationshipPattern"
    RELATIONSHIP_TWICE = "SyntaxError.RelationshipUniquenessViolation"
    RELATIONSHIP_TYPE = "SyntaxError.NoSingleRelationshipType"
    RELATIONSHIP_DIRECTION = "SyntaxError.RequiresDirectedRelationship"
    CREATING_VAR_LENGTH = "SyntaxError.CreatingVarLength"
    INVALID_DELETE = "SyntaxError.InvalidDelete"
    # Values, most of them known only when the query runs.
    VALUE_TYPE = "TypeError.InvalidArgumentType"
    VALUE = "TypeError.InvalidArgumentValue"
    PROPERTY_TYPE = "TypeError.InvalidPropertyType"
    MAP_KEY = "TypeError.MapElementAccessByNonString"
    RANGE_TYPE = "ArgumentError.InvalidArgumentType"
    OUT_OF_RANGE = "ArgumentError.NumberOutOfRange"
    # The graph.
    DELETED_ENTITY = "EntityNotFound.DeletedEntityAccess"
    DELETE_CONNECTED = "ConstraintVerificationFailed.DeleteConnectedNode"
    MERGE_NULL = "SemanticError.MergeReadOwnWrites"
