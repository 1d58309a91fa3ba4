namespace B24RobotApp.Transfers.Mapping;

/// <summary>What is done with a client (company or contact) that the ESB may know already.</summary>
public enum ClientPolicy
{
    /// <summary>Created if it is not there; afterwards the ESB's people look after it.</summary>
    CreateOnly,

    /// <summary>Created if it is not there; what is empty there is filled in from the source.</summary>
    FillEmpty,

    /// <summary>Created if it is not there; what the source says replaces what stands there. What the source does not say stays.</summary>
    Overwrite,

    /// <summary>Linked if it is there, never created.</summary>
    LinkOnly,
}

/// <summary>How the client travels.</summary>
public sealed record ClientRules
{
    public ClientPolicy Policy { get; init; }

    /// <summary>Whether requisites travel: tax numbers, names, whatever the source portal's template holds.</summary>
    public bool Requisites { get; init; }

    /// <summary>Whether the addresses in the requisites travel; they cannot without the requisites.</summary>
    public bool Addresses { get; init; }
}
