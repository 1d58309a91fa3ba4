using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace B24RobotApp.Sandbox.Pages;

/// <summary>HTML that may be sent: what is interpolated into it is encoded, unless it is HTML itself.</summary>
internal readonly record struct Html(string Text)
{
    public static Html Of(Writer writer) => new(writer.ToString());

    public static Html Join(IEnumerable<Html> parts) => new(string.Concat(parts.Select(part => part.Text)));

    /// <summary>An attribute or another piece that is there or is not.</summary>
    public static Html If(bool isThere, string piece) => new(isThere ? piece : "");

    /// <summary>A piece with values in it that is there or is not.</summary>
    public static Html If(bool isThere, Writer piece) => isThere ? new Html(piece.ToString()) : default;

    public override string ToString() => Text;

    /// <summary>Takes the pieces of an interpolated text.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct Writer(int literalLength, int formattedCount)
    {
        private readonly StringBuilder _text = new(literalLength + (formattedCount * 16));

        public void AppendLiteral(string text) => _text.Append(text);

        public void AppendFormatted<T>(T value) => _text.Append(value switch
        {
            Html html => html.Text,
            IEnumerable<Html> parts => Join(parts).Text,
            _ => WebUtility.HtmlEncode(Convert.ToString(value, CultureInfo.InvariantCulture)),
        });

        public override string ToString() => _text.ToString();
    }
}
