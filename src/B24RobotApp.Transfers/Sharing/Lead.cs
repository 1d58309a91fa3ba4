namespace B24RobotApp.Transfers.Sharing;

/// <summary>That this server leads. Disposed when the work that it was asked for has come to its end; until then no other server is given the lead, unless this one is taken for dead.</summary>
/// <param name="ended">Called once, when it is disposed.</param>
/// <param name="lost">Cancelled when the server leads no more: nothing may be begun then.</param>
public sealed class Lead(Action? ended, CancellationToken lost) : IDisposable
{
    private Action? _ended = ended;

    /// <inheritdoc cref="Lead(Action?, CancellationToken)" path="/param[@name='lost']"/>
    public CancellationToken Lost { get; } = lost;

    public void Dispose() => Interlocked.Exchange(ref _ended, null)?.Invoke();
}
