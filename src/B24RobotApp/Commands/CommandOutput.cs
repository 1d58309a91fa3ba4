using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using B24RobotApp.Portals;

namespace B24RobotApp.Commands;

/// <summary>A command's answer: lines for people, or with <c>--json</c> one document for scripts.</summary>
internal sealed class CommandOutput(TextWriter writer, bool json)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Writes a document, or the lines that say the same.</summary>
    public void Write(object document, IEnumerable<string> lines)
    {
        if (json)
        {
            writer.WriteLine(JsonSerializer.Serialize(document, Json));
            return;
        }

        foreach (var line in lines)
        {
            writer.WriteLine(Harmless(line));
        }
    }

    /// <summary>Whether a script reads it.</summary>
    public bool IsJson => json;

    /// <summary>Where longer answers are written piece by piece.</summary>
    public TextWriter Writer => writer;

    /// <summary>A piece of a longer document.</summary>
    public static string Serialize(object piece) => JsonSerializer.Serialize(piece, Json);

    /// <summary>Writes a table with aligned columns.</summary>
    public void WriteTable(object document, IReadOnlyList<string> head, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var widths = head.Select((text, column) => rows.Select(row => row[column].Length).Append(text.Length).Max()).ToList();
        string Line(IReadOnlyList<string> cells) => string.Join("  ", cells.Select((cell, column) => LogText.OneLine(cell).PadRight(widths[column]))).TrimEnd();
        Write(document, rows.Select(Line).Prepend(Line(head)));
    }

    /// <summary>Says why there is no answer.</summary>
    public void Problems(IReadOnlyList<string> problems, TextWriter error)
    {
        if (json)
        {
            writer.WriteLine(JsonSerializer.Serialize(new { problems }, Json));
            return;
        }

        foreach (var problem in problems)
        {
            error.WriteLine(Harmless(problem));
        }
    }

    /// <summary>Titles and errors come from portals, and a terminal obeys what stands in a text: it would move the cursor, or write elsewhere than it seems. A text's further lines are set in.</summary>
    private static string Harmless(string line) =>
        string.Concat(line.TrimEnd('\r').Select(letter => letter == '\n' ? "\n    " : letter != '\t' && char.IsControl(letter) ? " " : letter.ToString()));
}
