namespace B24RobotApp.Sandbox.Crm.Fields;

/// <summary>Where a text of a user field is shown.</summary>
internal enum UserFieldLabel
{
    EditForm,
    ListColumn,
    ListFilter,
    ErrorMessage,
    HelpMessage,
}
