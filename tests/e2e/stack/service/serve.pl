# HTTP on port 8000 (or PORT), one request at a time. As PID 1 it has no handlers, so it ignores SIGTERM.
use strict;
use warnings;
use IO::Socket::INET;
$| = 1;
my $name = $ENV{NAME} // "nameless";
my $port = $ENV{PORT} // 8000;
sleep($ENV{LATE}) if $ENV{LATE};
my $server = IO::Socket::INET->new(LocalPort => $port, Listen => 64, ReuseAddr => 1) or die "cannot listen on $port: $!";
print "$name listens on $port\n";

sub ask {    # GET from another container, by its name
    my ($host, $path) = @_;
    my $other = IO::Socket::INET->new(PeerAddr => $host, PeerPort => 8000, Timeout => 5) or return "no answer";
    print $other "GET $path HTTP/1.0\r\n\r\n";
    local $/;
    my $answer = <$other>;
    return $answer =~ s/.*?\r\n\r\n//sr;
}

sub hog {    # until the kernel ends it
    my @held;
    push @held, "x" x 1_000_000 while 1;
}

while (1) {
    my $client = $server->accept or next;
    my $request = <$client> // next;
    while (defined(my $line = <$client>)) { last if $line eq "\r\n" }
    my (undef, $path) = split / /, $request;
    print "$name got $path\n" if $path ne "/";
    my $body = $name;
    $body = ask($1, $2) if $path =~ m{^/ask/([^/]+)(/.*)$};
    if ($path =~ m{^/remember/(\w+)$}) { open my $file, ">", "/data/memory" or die $!; print $file $1; close $file }
    if ($path eq "/recall") { $body = ""; if (open my $file, "<", "/data/memory") { $body = <$file> // "" } }
    if ($path eq "/sicken") { open my $file, ">", "/tmp/sick" or die $!; close $file }
    if ($path eq "/hog-in-child" and !fork) { hog() }
    my $status = $path =~ m{^/status/(\d+)} ? $1 : 200;
    print $client "HTTP/1.0 $status Said\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
    close $client;
    exit $1 if $path =~ m{^/exit/(\d+)$};
    hog() if $path eq "/hog";
}
