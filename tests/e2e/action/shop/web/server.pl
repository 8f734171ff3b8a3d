# GET /health answers 200; GET /seen says what of the compose file has reached this container.
use strict;
use warnings;
use IO::Socket::INET;
use Socket;

$SIG{CHLD} = 'IGNORE';
my $server = IO::Socket::INET->new(LocalPort => 8000, Listen => 64, ReuseAddr => 1) or die "listen: $!";

sub content {
    open(my $file, '<', $_[0]) or return '(missing)';
    my $line = <$file> // '';
    chomp $line;
    return $line;
}

sub lines {
    open(my $file, '<', $_[0]) or return ();
    return <$file>;
}

sub resolves { return gethostbyname($_[0]) ? 'yes' : 'no' }

sub seen {
    return join ' ',
        'bind=' . content('/data/greeting'),
        'above=' . content('/above/note'),
        'pwd=' . content('/pwd/greeting'),
        'secret=' . content('/run/secrets/token'),
        'key=' . content('/run/secrets/key'),
        'config=' . content('/banner'),
        'inline=' . content('/inline'),
        'volume=' . (grep({ (split)[1] eq '/state' } lines('/proc/mounts')) ? 'yes' : 'no'),
        'networks=' . scalar(grep { /^\s*eth\d+:/ } lines('/proc/net/dev')),
        map({ "$_=" . ($ENV{$_} // '(unset)') } qw(FROM_ENV_FILE FROM_DOTENV FROM_BUILD_ARG FROM_EXTENDS FROM_SECOND_FILE)),
        map({ "$_=" . resolves($_) } qw(helper included shop-helper));
}

for my $path ('/state/started', '/made/by-root') {
    open(my $file, '>', $path) or die "$path: $!";
    print $file "1\n";
}
while (my $client = $server->accept) {
    my $child = fork;
    if ($child) { close $client; next }
    my ($path) = (<$client> // '') =~ m{^GET (\S+)};
    while (defined(my $line = <$client>)) { last if $line =~ /^\s*$/ }
    my $body = ($path // '') eq '/seen' ? seen() : 'ok';
    print $client "HTTP/1.1 200 OK\r\nContent-Length: " . length($body) . "\r\nConnection: close\r\n\r\n$body";
    close $client;
    exit 0;
}
