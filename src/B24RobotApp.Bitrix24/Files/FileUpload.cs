using System.Text.Json.Nodes;

namespace B24RobotApp.Bitrix24.Files;

/// <summary>A call that carries a file. It always travels alone, and its content is encoded while it is sent.</summary>
/// <param name="Method">The REST method, such as <c>crm.item.update</c>.</param>
/// <param name="Parameters">Makes the parameters; what it is given stands for the content and must be put in exactly once, as the value of a property or of a list.</param>
/// <param name="Content">The file. It must be able to seek, since a request may have to be repeated, and stays the caller's to dispose of.</param>
public sealed record FileUpload(string Method, Func<JsonNode, JsonObject> Parameters, Stream Content)
{
    /// <summary>Says nothing of the content.</summary>
    public override string ToString() => $"{Method} with a file of {Content.Length} bytes";
}
