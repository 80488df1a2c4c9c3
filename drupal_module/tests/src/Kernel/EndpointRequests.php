<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Contract\Contracts;
use Drupal\Core\Session\AccountInterface;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Session\Session;
use Symfony\Component\HttpFoundation\Session\Storage\MockArraySessionStorage;

/**
 * Requests to the endpoints for programs, as an account that is current.
 */
trait EndpointRequests {

  /**
   * The body of the last answer, as it came.
   */
  private string $answered = '';

  /**
   * Asks an endpoint.
   *
   * @param \Drupal\Core\Session\AccountInterface $account
   *   Who asks.
   * @param string $path
   *   What stands behind "/background-agents/v1/", with parameters.
   * @param array<string, mixed>|null $body
   *   The body of a POST; NULL: a GET.
   *
   * @return array{int, array<string, mixed>}
   *   Status and document.
   */
  protected function ask(AccountInterface $account, string $path, ?array $body = NULL): array {
    $request = Request::create("/background-agents/v1/$path", $body === NULL ? 'GET' : 'POST', content: $body === NULL ? '' : (string) json_encode((object) $body));
    $request->headers->set('Content-Type', 'application/json');
    $request->headers->set('Accept', 'application/json');
    $request->setSession(new Session(new MockArraySessionStorage()));
    $response = $this->as($account, static fn () => \Drupal::service('http_kernel')->handle($request));
    $this->answered = (string) $response->getContent();
    return [$response->getStatusCode(), (array) json_decode($this->answered, TRUE)];
  }

  /**
   * Asks for what has to be there, and fits its contract.
   *
   * @return array<string, mixed>
   *   The document.
   */
  protected function found(AccountInterface $account, string $path, string $contract, ?array $body = NULL): array {
    [$status, $document] = $this->ask($account, $path, $body);
    $this->assertContains($status, [200, 201, 202], (string) json_encode($document));
    $this->assertSame([], (new Contracts())->errors(json_decode($this->answered), $contract), $path);
    return $document;
  }

  /**
   * Asks for what has to be refused.
   */
  protected function assertRefusedRequest(int $status, string $code, AccountInterface $account, string $path, ?array $body = NULL): array {
    [$found, $document] = $this->ask($account, $path, $body);
    $this->assertSame([$status, $code], [$found, $document['code'] ?? NULL], $path);
    return $document;
  }

}
