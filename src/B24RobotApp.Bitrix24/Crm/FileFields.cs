using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Files;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Crm;

/// <summary>A file as a field of an item holds it; its name and size are told by the download only.</summary>
/// <param name="Id">Its id on the portal.</param>
/// <param name="Link">Where a program gets it, for as long as the token of the reading call lives; <see langword="null"/> if the portal told none.</param>
public sealed record FieldFile(long Id, FileLink? Link);

/// <summary>User fields of the type <c>file</c> of CRM items. Source: files/index.md, how-to-upload-files.md, how-to-update-files.md.</summary>
public static class FileFields
{
    /// <summary>The files of a field, single or multiple, in their order.</summary>
    public static IReadOnlyList<FieldFile> Read(JsonElement value) =>
    [
        .. from file in value.ValueKind == JsonValueKind.Object && value.Id("id") is not null ? [value] : value.AsList()
           let id = file.ValueKind == JsonValueKind.Object ? file.Id("id") : null
           where id > 0
           select new FieldFile(id.Value, file.Text("urlMachine") is { Length: > 0 } link ? new FileLink(link) : null),
    ];

    /// <summary><c>crm.item.update</c> with one more file. A list must be said whole: the portal deletes the files that it is not told to keep.</summary>
    /// <param name="entityTypeId">The kind of item.</param>
    /// <param name="id">The item.</param>
    /// <param name="field">The field's name as the portal takes it.</param>
    /// <param name="kept">For a multiple field: the ids of all its files; for a single one <see langword="null"/>: its file is replaced.</param>
    /// <param name="name">The file's name.</param>
    /// <param name="content">Its content, not empty: a portal takes an empty text for no file.</param>
    public static FileUpload Add(int entityTypeId, long id, string field, IReadOnlyList<long>? kept, string name, Stream content) => new(
        "crm.item.update",
        encoded =>
        {
            var file = new JsonArray(JsonValue.Create(name), encoded);
            return new JsonObject
            {
                ["entityTypeId"] = entityTypeId,
                ["id"] = id,
                ["fields"] = new JsonObject
                {
                    [field] = kept is null ? file : new JsonArray([.. kept.Select(other => new JsonObject { ["id"] = other }), file]),
                },
                ["useOriginalUfNames"] = "Y",
            };
        },
        content);
}
