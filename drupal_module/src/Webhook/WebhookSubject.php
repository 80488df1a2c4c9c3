<?php

declare(strict_types=1);

namespace Drupal\background_agents\Webhook;

use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Routing\RouteMatchInterface;
use Drupal\Core\Url;
use Drupal\user\UserInterface;

/**
 * What a webhook belongs to: an agent, or a dispatch key of a person.
 *
 * @internal
 */
final readonly class WebhookSubject {

  /**
   * Constructs a WebhookSubject object.
   *
   * @param string $agent
   *   Id of the agent; empty: it is a key.
   * @param string $key
   *   Id of the dispatch key; empty: it is an agent.
   * @param int $uid
   *   The account whose pages have the webhooks of the key.
   */
  private function __construct(
    public string $agent,
    public string $key = '',
    private int $uid = 0,
  ) {}

  /**
   * An agent.
   */
  public static function agent(string $id): self {
    return new self($id);
  }

  /**
   * A dispatch key, on the pages of an account.
   */
  public static function key(string $id, int $uid): self {
    return new self('', $id, $uid);
  }

  /**
   * What the page is about.
   */
  public static function ofPage(RouteMatchInterface $page): self {
    $agent = $page->getParameter('background_agents_agent');
    if ($agent instanceof Agent) {
      return self::agent((string) $agent->id());
    }
    $person = $page->getParameter('user');
    assert($person instanceof UserInterface);
    return self::key((string) $page->getParameter('dispatch_key'), (int) $person->id());
  }

  /**
   * Whether a webhook belongs to it.
   */
  public function has(Webhook $webhook): bool {
    return [$webhook->agent, $webhook->key] === [$this->agent, $this->key];
  }

  /**
   * The list of its webhooks.
   */
  public function list(): Url {
    return $this->url($this->key === '' ? 'agent_webhooks' : 'key_webhooks');
  }

  /**
   * A page of its webhooks.
   *
   * @param string $page
   *   One of add, edit, deliveries, secret, delete.
   * @param int|null $webhook
   *   Number of the webhook.
   */
  public function page(string $page, ?int $webhook = NULL): Url {
    return $this->url(($this->key === '' ? 'webhook_' : 'key_webhook_') . $page, $webhook === NULL ? [] : ['webhook' => $webhook]);
  }

  /**
   * How logs name it.
   */
  public function name(): string {
    return $this->key === '' ? "agent $this->agent" : "dispatch key $this->key";
  }

  private function url(string $route, array $more = []): Url {
    return Url::fromRoute("background_agents.$route", $more + ($this->key === '' ? ['background_agents_agent' => $this->agent] : [
      'user' => $this->uid,
      'dispatch_key' => $this->key,
    ]));
  }

}
