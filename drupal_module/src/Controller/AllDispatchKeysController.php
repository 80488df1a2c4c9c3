<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Form\Key\KeyFilterForm;
use Drupal\background_agents\Key\DispatchKey;
use Drupal\background_agents\Key\KeyFilter;
use Drupal\background_agents\Key\KeyList;
use Drupal\background_agents\Key\KeyOwners;
use Drupal\background_agents\Ui\CardTable;
use Drupal\background_agents\Ui\KeyCells;
use Drupal\background_agents\Webhook\WebhookSubject;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Controller\ControllerBase;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;
use Drupal\user\UserInterface;
use Symfony\Component\HttpFoundation\Request;

/**
 * The dispatch keys of all people, for administrators.
 *
 * @internal
 */
final class AllDispatchKeysController extends ControllerBase {

  public function __construct(
    private readonly KeyList $keys,
    private readonly KeyOwners $owners,
    private readonly KeyCells $cells,
    private readonly TimeInterface $time,
  ) {}

  /**
   * The page.
   */
  public function page(Request $request): array {
    $filter = KeyFilter::of($request);
    $header = $this->header();
    $keys = $this->keys->page($filter, $header);
    $people = $this->entityTypeManager()->getStorage('user')->loadMultiple(array_unique(array_map(static fn (DispatchKey $key): int => $key->uid, $keys)));
    return [
      '#cache' => ['max-age' => 0],
      '#attached' => ['library' => ['background_agents/admin']],
      'about' => [
        '#type' => 'html_tag',
        '#tag' => 'p',
        '#value' => $this->t('With a key a program dispatches agents as the owner of the key. People make keys on the tab "Dispatch keys" of their own account. Revoke those that nobody needs, or that somebody else may have.'),
      ],
      'filter' => $this->formBuilder()->getForm(KeyFilterForm::class),
      'keys' => CardTable::of([
        '#type' => 'table',
        '#header' => $header,
        '#rows' => array_map(fn (DispatchKey $key): array => $this->row($key, $people[$key->uid] ?? NULL), $keys),
        '#empty' => $filter->isSet() ? $this->t('No key fits the filter.') : $this->t('Nobody has a dispatch key.'),
      ], $this->t('Dispatch keys')),
      'pager' => ['#type' => 'pager', '#pagination_heading_level' => 'h2'],
    ];
  }

  /**
   * The headings; those with a field sort.
   *
   * @return array<int, mixed>
   *   In the order of the cells.
   */
  private function header(): array {
    return [
      ['data' => $this->t('Name'), 'field' => 'k.name'],
      ['data' => $this->t('Owner'), 'field' => 'u.name'],
      $this->t('Agents'),
      $this->t('State'),
      ['data' => $this->t('Expires'), 'field' => 'k.expires'],
      ['data' => $this->t('Last used'), 'field' => 'k.used', 'sort' => 'desc', 'initial_click_sort' => 'desc'],
      ['data' => $this->t('Created'), 'field' => 'k.created', 'initial_click_sort' => 'desc'],
      $this->t('Operations'),
    ];
  }

  /**
   * One key.
   *
   * @return array<int, mixed>
   *   The cells.
   */
  private function row(DispatchKey $key, ?UserInterface $owner): array {
    return [
      KeyCells::text($key->name),
      $owner === NULL ? $this->t('a deleted account') : ['data' => ['#theme' => 'username', '#account' => $owner]],
      $this->cells->agents($key),
      $this->letIn($key, $owner),
      $this->cells->expires($key),
      $this->cells->lastUse($key),
      $this->cells->created($key),
      ['data' => ['#type' => 'operations', '#links' => $owner === NULL ? [] : $this->operations($key)]],
    ];
  }

  private function letIn(DispatchKey $key, ?UserInterface $owner): TranslatableMarkup {
    return match (TRUE) {
      $key->isExpired($this->time->getCurrentTime()) => $this->t('Expired'),
      $owner === NULL || !$this->owners->mayHave($owner) => $this->t('Not let in: the owner may have no keys'),
      default => $this->t('Active'),
    };
  }

  /**
   * What administrators may do with a key; the page is for them alone.
   *
   * @return array<string, array<string, mixed>>
   *   Links.
   */
  private function operations(DispatchKey $key): array {
    $name = ['@name' => $key->name];
    $runs = ['query' => ['search' => $key->id]];
    $back = ['query' => $this->getRedirectDestination()->getAsArray()];
    $parameters = ['user' => $key->uid, 'dispatch_key' => $key->id];
    return [
      'runs' => [
        'title' => $this->t('Runs'),
        'url' => Url::fromRoute('entity.background_agents_run.collection', [], $runs),
        'attributes' => ['aria-label' => $this->t('Runs that the key @name asked for', $name)],
      ],
      'webhooks' => [
        'title' => $this->t('Webhooks'),
        'url' => WebhookSubject::key($key->id, $key->uid)->list(),
        'attributes' => ['aria-label' => $this->t('Webhooks of the key @name', $name)],
      ],
      'revoke' => [
        'title' => $this->t('Revoke'),
        'url' => Url::fromRoute('background_agents.dispatch_key_revoke', $parameters, $back),
        'attributes' => ['aria-label' => $this->t('Revoke the key @name', $name)],
      ],
    ];
  }

}
