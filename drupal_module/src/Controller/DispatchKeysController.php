<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Key\DispatchKey;
use Drupal\background_agents\Key\KeyStore;
use Drupal\background_agents\Ui\CardTable;
use Drupal\background_agents\Ui\DoorList;
use Drupal\background_agents\Ui\KeyCells;
use Drupal\background_agents\Webhook\WebhookSubject;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\Url;
use Drupal\user\UserInterface;

/**
 * The page "Dispatch keys" of an account.
 *
 * @internal
 */
final class DispatchKeysController implements ContainerInjectionInterface {

  use AutowireTrait;
  use StringTranslationTrait;

  public function __construct(
    private readonly KeyStore $keys,
    private readonly KeyCells $cells,
    private readonly DoorList $doors,
  ) {}

  /**
   * The keys, without their secrets.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function list(UserInterface $user): array {
    return [
      '#cache' => ['max-age' => 0],
      '#attached' => ['library' => ['background_agents/admin']],
      'about' => [
        '#type' => 'html_tag',
        '#tag' => 'p',
        '#value' => $this->t('With a key a program dispatches agents as this account, and follows those runs. It can do nothing else on the site.'),
      ],
      'keys' => CardTable::of([
        '#type' => 'table',
        '#header' => [
          $this->t('Name'),
          $this->t('Agents'),
          $this->t('Expires'),
          $this->t('Last used'),
          $this->t('Operations'),
        ],
        '#rows' => array_map($this->row(...), $this->keys->ofPerson((int) $user->id())),
        '#empty' => $this->t('There are no keys.'),
      ], $this->t('Dispatch keys')),
      'doors' => $this->doors->build(),
    ];
  }

  /**
   * One key.
   *
   * @return array<int, mixed>
   *   The cells.
   */
  private function row(DispatchKey $key): array {
    return [
      KeyCells::text($key->name),
      $this->cells->agents($key),
      $this->cells->expires($key),
      $this->cells->lastUse($key),
      ['data' => ['#type' => 'operations', '#links' => $this->operations($key)]],
    ];
  }

  /**
   * What may be done with a key by whoever sees the page.
   *
   * @return array<string, array<string, mixed>>
   *   Links.
   */
  private function operations(DispatchKey $key): array {
    $links = [];
    $names = [
      'edit' => [$this->t('Edit'), $this->t('Edit the key @name', ['@name' => $key->name])],
      'webhooks' => [$this->t('Webhooks'), $this->t('Webhooks of the key @name', ['@name' => $key->name])],
      'revoke' => [$this->t('Revoke'), $this->t('Revoke the key @name', ['@name' => $key->name])],
    ];
    foreach ($names as $operation => [$title, $label]) {
      $url = $operation === 'webhooks' ? WebhookSubject::key($key->id, $key->uid)->list() : Url::fromRoute("background_agents.dispatch_key_$operation", [
        'user' => $key->uid,
        'dispatch_key' => $key->id,
      ]);
      if ($url->access()) {
        $links[$operation] = ['title' => $title, 'url' => $url, 'attributes' => ['aria-label' => $label]];
      }
    }
    return $links;
  }

}
