using System.Globalization;

namespace B24RobotApp.Commands;

/// <summary>How far long work is: one line on the error output, written over and over, and only where a person looks at it.</summary>
internal sealed class CommandProgress(TextWriter error) : IDisposable
{
    private readonly bool _isSeen = ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected;
    private string _line = "";

    /// <summary>Shows a step and the part of it that is done, 0 to 1.</summary>
    public void Show(string step, double? done)
    {
        var line = done is { } part ? string.Create(CultureInfo.InvariantCulture, $"{step} {part:P0}") : $"{step} ...";
        if (_isSeen && line != _line)
        {
            error.Write($"\r{line.PadRight(_line.Length)}");
            _line = line;
        }
    }

    /// <summary>Takes the line away.</summary>
    public void Dispose()
    {
        if (_line.Length > 0)
        {
            error.Write($"\r{new string(' ', _line.Length)}\r");
        }
    }
}
