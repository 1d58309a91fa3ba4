using System.Text.Encodings.Web;
using System.Text.Json;

namespace B24RobotApp.Sandbox.Tests;

internal static class Plain
{
    /// <summary>JSON that a person can read in a test's output.</summary>
    public static JsonSerializerOptions Json { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
