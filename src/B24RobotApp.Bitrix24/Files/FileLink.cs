using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Files;

/// <summary>
/// The address of a file for programs (<c>urlMachine</c>). It carries the access token, or the webhook's secret in its path, and dies with it: never kept, never logged.
/// Source: settings/how-to-call-rest-api/general-principles.md.
/// </summary>
public sealed class FileLink(string text) : Secret(text);
