namespace B24RobotApp.Sandbox.Crm.Items;

/// <summary>A file that a field or a comment holds.</summary>
internal sealed record CrmFile(long Id, string Name, byte[] Content, DateTimeOffset Created)
{
    /// <summary>What the portal says the content is.</summary>
    public string ContentType => Path.GetExtension(Name).ToUpperInvariant() switch
    {
        ".PDF" => "application/pdf",
        ".PNG" => "image/png",
        ".JPG" or ".JPEG" => "image/jpeg",
        ".GIF" => "image/gif",
        ".TXT" => "text/plain",
        ".XLSX" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ".DOCX" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        _ => "application/octet-stream",
    };
}
