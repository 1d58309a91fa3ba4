using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Bizproc;

/// <summary>
/// Registration of an app's robots: application tokens of an administrator only, scope <c>bizproc</c>. A portal forgets them when the app's card is saved anew.
/// Source: bizproc/bizproc-robot/*.md.
/// </summary>
public static class PortalRobots
{
    /// <summary>The code that <c>bizproc.robot.add</c> answers to a robot that is there.</summary>
    public const string AlreadyInstalled = "ERROR_ACTIVITY_ALREADY_INSTALLED";

    /// <summary>The code that <c>bizproc.robot.update</c> answers to a robot that is not there.</summary>
    public const string NotFound = "ERROR_ACTIVITY_NOT_FOUND";

    /// <summary><c>bizproc.robot.list</c>: codes only, never a definition.</summary>
    public static Call List() => new("bizproc.robot.list", []);

    /// <summary>The codes listed.</summary>
    public static IReadOnlySet<string> ReadCodes(CallResult result) =>
        result.Result.AsList().Select(code => code.AsText() ?? "").ToHashSet(StringComparer.OrdinalIgnoreCase);

    /// <summary><c>bizproc.robot.add</c>.</summary>
    /// <param name="code">The robot's code; fixed for ever, since the automation's templates name it.</param>
    /// <param name="fields">The definition without its code, upper-case keys.</param>
    public static Call Add(string code, JsonObject fields)
    {
        var parameters = (JsonObject)fields.DeepClone();
        parameters["CODE"] = code;
        return new Call("bizproc.robot.add", parameters, Writes: true);
    }

    /// <summary><c>bizproc.robot.update</c>: the same fields as <see cref="Add"/>.</summary>
    public static Call Update(string code, JsonObject fields) =>
        new("bizproc.robot.update", new JsonObject { ["CODE"] = code, ["FIELDS"] = fields.DeepClone() }, Writes: true);
}
