using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Bizproc;

/// <summary>
/// Robots of the app; they need an administrator's token, a webhook is refused. The portal forgets them when the app's card is saved again or the app is updated.
/// Source: bizproc/bizproc-robot/*.md.
/// </summary>
public static class Robots
{
    /// <summary>What <c>bizproc.robot.add</c> answers for a code that is there.</summary>
    public const string AlreadyInstalled = "ERROR_ACTIVITY_ALREADY_INSTALLED";

    /// <summary>What <c>bizproc.robot.update</c> and <c>bizproc.robot.delete</c> answer for a code that is not there.</summary>
    public const string NotFound = "ERROR_ACTIVITY_NOT_FOUND";

    /// <summary><c>bizproc.robot.add</c>.</summary>
    /// <param name="code">Unique in the app and never changed: the portal's templates know the robot by it. At most 128 letters, digits, dots, dashes and underscores.</param>
    /// <param name="fields">
    /// <c>HANDLER</c>, <c>AUTH_USER_ID</c>, <c>USE_SUBSCRIPTION</c>, <c>NAME</c>, <c>DESCRIPTION</c>, <c>PROPERTIES</c>, <c>RETURN_PROPERTIES</c>, <c>DOCUMENT_TYPE</c>, <c>FILTER</c>,
    /// <c>USE_PLACEMENT</c>, <c>PLACEMENT_HANDLER</c>. The object is not kept.
    /// </param>
    public static Call Add(string code, JsonObject fields)
    {
        var parameters = fields.DeepClone().AsObject();
        parameters["CODE"] = code;
        return new Call("bizproc.robot.add", parameters, Writes: true);
    }

    /// <summary><c>bizproc.robot.update</c>: replaces the fields given. <c>PLACEMENT_HANDLER</c> alone is refused; send <c>USE_PLACEMENT</c> with it.</summary>
    public static Call Update(string code, JsonObject fields) =>
        new("bizproc.robot.update", new JsonObject { ["CODE"] = code, ["FIELDS"] = fields.DeepClone() }, Writes: true);

    /// <summary><c>bizproc.robot.delete</c>. Robots that stand in templates stay there, blocked.</summary>
    public static Call Delete(string code) => new("bizproc.robot.delete", new JsonObject { ["CODE"] = code }, Writes: true);

    /// <summary><c>bizproc.robot.list</c>: codes only, never what was registered under them.</summary>
    public static Call List() => new("bizproc.robot.list", []);

    /// <summary>The codes listed.</summary>
    public static IReadOnlySet<string> ReadCodes(CallResult result) =>
        result.Result.AsList().Select(code => code.AsText()).OfType<string>().ToHashSet(StringComparer.Ordinal);
}
