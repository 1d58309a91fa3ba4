using System.Text.Json;
using System.Text.RegularExpressions;

namespace B24RobotApp.Tests.Attacks;

/// <summary>An address of the API's document with a method.</summary>
internal sealed record ApiOperation(HttpMethod Method, string Path)
{
    public bool Changes => Method != HttpMethod.Get;

    public bool HasParameters => Path.Contains('{', StringComparison.Ordinal);

    public override string ToString() => $"{Method} {Path}";
}

/// <summary>The API's document, as strangers read it.</summary>
internal static partial class ApiOperations
{
    /// <summary>Everything in the document but where a session begins, and the stream of the summary, which does not end.</summary>
    public static IReadOnlyList<ApiOperation> Read(JsonElement document)
    {
        var operations = document.GetProperty("paths").EnumerateObject()
            .Where(path => path.Name.StartsWith("/api/", StringComparison.Ordinal) && path.Name is not ("/api/session" or "/api/transfers/changes"))
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => new ApiOperation(new HttpMethod(operation.Name.ToUpperInvariant()), path.Name)))
            .ToList();
        Assert.InRange(operations.Count, 35, 300);
        return operations;
    }

    /// <summary>The address with its parameters filled in.</summary>
    public static string Fill(string path, Func<string, string> value) => Parameter().Replace(path, match => value(match.Groups[1].Value));

    [GeneratedRegex(@"\{(\w+)[^}]*\}")]
    private static partial Regex Parameter();
}
