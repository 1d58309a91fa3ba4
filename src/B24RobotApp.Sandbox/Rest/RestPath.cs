namespace B24RobotApp.Sandbox.Rest;

/// <summary>What the path of a REST request says: the method and, for an incoming webhook, its user and secret.</summary>
internal sealed record RestPath(string Method, string? UserId, string? Secret, bool IsXml)
{
    public static RestPath? Parse(string path)
    {
        const string Root = "/rest/";
        if (!path.StartsWith(Root, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }
        var parts = path[Root.Length..].Trim('/').Split('/');
        var method = TrimSuffix(parts[^1].ToLowerInvariant());
        var isXml = parts[^1].EndsWith(".xml", StringComparison.OrdinalIgnoreCase);
        return parts.Length switch
        {
            1 => new RestPath(method, null, null, isXml),
            3 => new RestPath(method, parts[0], parts[1], isXml),
            // A webhook's address without a method is a method that does not exist.
            2 => new RestPath("", parts[0], parts[1], isXml),
            _ => null,
        };
    }

    public static string TrimSuffix(string method) =>
        method.EndsWith(".json", StringComparison.Ordinal) ? method[..^5]
        : method.EndsWith(".xml", StringComparison.Ordinal) ? method[..^4]
        : method;
}
