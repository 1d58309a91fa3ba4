using System.Text;
using System.Text.Json;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Incoming;

namespace B24RobotApp.Bitrix24.Tests;

/// <summary>What portals send and answer, from the files in <c>Payloads</c>, which name their sources.</summary>
internal static class Payload
{
    /// <summary>A request's body; the files have a field a line.</summary>
    public static byte[] Body(string name) =>
        Encoding.UTF8.GetBytes(Text($"Incoming/{name}.form").ReplaceLineEndings(""));

    /// <summary>A decoded request, with some of its fields (named as they are sent, without escapes) replaced or, where the value is null, left out.</summary>
    public static PhpForm Form(string name, params (string Field, string? Value)[] changes)
    {
        var fields = Encoding.UTF8.GetString(Body(name)).Split('&').ToList();
        foreach (var (field, value) in changes)
        {
            fields.RemoveAll(sent => Uri.UnescapeDataString(sent.Split('=')[0]) == field);
            if (value is not null)
            {
                fields.Add($"{Uri.EscapeDataString(field)}={Uri.EscapeDataString(value)}");
            }
        }

        Assert.True(PhpForm.TryParse(Encoding.UTF8.GetBytes(string.Join('&', fields)), new PhpFormLimits(), out var form, out var problem), problem);
        return form;
    }

    public static string Text(string path) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Payloads", path));

    /// <summary>The answer to a REST method.</summary>
    public static CallResult Result(string method)
    {
        var answer = JsonElement.Parse(Text($"Results/{method}.json"));
        return new CallResult(
            answer.GetProperty("result"),
            answer.TryGetProperty("total", out var total) ? total.GetInt32() : null,
            answer.TryGetProperty("next", out var next) ? next.GetInt32() : null);
    }
}
