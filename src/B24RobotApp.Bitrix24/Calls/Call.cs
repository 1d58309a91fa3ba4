using System.Text.Json.Nodes;

namespace B24RobotApp.Bitrix24.Calls;

/// <summary>One REST method with its parameters, not yet sent.</summary>
/// <param name="Method">The method's name in lower case, such as <c>crm.item.get</c>.</param>
/// <param name="Parameters">
/// Parameters as they would stand in a JSON body, without <c>auth</c>. A value may be a <see cref="ResultReference"/>
/// (<c>JsonValue.Create(new ResultReference(...))</c>) if the call is part of a <see cref="CallGroup"/>. Booleans are spelled "Y" and "N" by the caller, as
/// Bitrix24 wants them. The client only reads this object, and it must not be changed after it was handed over.
/// </param>
/// <param name="Writes">
/// Whether the call changes something on the portal. A read whose fate is unknown is simply repeated; a write is not.
/// </param>
public sealed record Call(string Method, JsonObject Parameters, bool Writes = false);

/// <summary>
/// A value that an earlier call of the same <see cref="CallGroup"/> brings: <c>$result[...]</c> of a batch. Being a type of its own, it cannot
/// come into being from a user's text. Source: settings/how-to-call-rest-api/batch.md.
/// </summary>
/// <param name="CallIndex">Which call of the group, from 0.</param>
/// <param name="Path">The path into that call's <c>result</c>, such as <c>["item", "id"]</c>.</param>
public sealed record ResultReference(int CallIndex, params string[] Path);

/// <summary>
/// Calls that are sent together and run in order by the portal, in one request; a later one may refer to the result of an earlier one.
/// The portal goes on after a call that failed, so each call must be harmless when the one it refers to failed.
/// </summary>
/// <param name="Calls">At least one, at most <see cref="BatchLimits.MaxCommands"/>.</param>
public sealed record CallGroup(IReadOnlyList<Call> Calls);
