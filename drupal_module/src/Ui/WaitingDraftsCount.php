<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Draft\ChangeLog;
use Drupal\background_agents\Review\DraftListPage;
use Drupal\background_agents\Review\WaitingDrafts;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Security\TrustedCallbackInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\Url;

/**
 * How many drafts wait for a person, in the bars above each page.
 *
 * The number is filled in last, so that pages stay in the dynamic page cache.
 *
 * @internal
 */
final class WaitingDraftsCount implements TrustedCallbackInterface {

  use StringTranslationTrait;

  public const string PERMISSION = 'review background agent drafts';

  /**
   * Seconds after which it is counted anew, whatever has happened.
   */
  private const int MAX_AGE = 300;

  public function __construct(
    private readonly WaitingDrafts $waiting,
    private readonly DraftListPage $list,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function trustedCallbacks(): array {
    return ['count', 'sentence'];
  }

  /**
   * Whether the person who looks has a list of drafts.
   */
  public function isShown(): bool {
    return $this->currentUser->hasPermission(self::PERMISSION) && $this->list->isThere();
  }

  /**
   * The link to the list, with the number.
   *
   * @param string[] $classes
   *   Classes of the link.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function link(array $classes): array {
    return [
      '#type' => 'link',
      '#url' => Url::fromRoute(DraftListPage::ROUTE),
      '#title' => [
        'text' => ['#markup' => '<span class="ba-drafts-link__text">' . $this->t("Agents' drafts") . '</span>'],
        'count' => $this->placeholder('count'),
      ],
      '#attributes' => ['class' => [...$classes, 'ba-drafts-link'], 'title' => $this->t('Review what agents left')],
      '#attached' => ['library' => ['background_agents/count']],
      '#cache' => $this->cache(),
    ];
  }

  /**
   * What the link depends on.
   *
   * @return array<string, string[]>
   *   Contexts and tags.
   */
  public function cache(): array {
    return ['contexts' => ['user.permissions'], 'tags' => ['config:views.view.' . DraftListPage::VIEW]];
  }

  /**
   * Lazy builder: the number; nothing when no draft waits.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function count(): array {
    $count = $this->waiting->count($this->currentUser);
    if ($count === 0) {
      return ['#markup' => ''];
    }
    $shown = $count >= WaitingDrafts::MOST ? (WaitingDrafts::MOST - 1) . '+' : (string) $count;
    return ['#markup' => ' <span class="ba-count"><span aria-hidden="true">' . $shown . '</span><span class="visually-hidden">' . $this->t('(@count waiting)', ['@count' => $shown]) . '</span></span>'];
  }

  /**
   * The number as a sentence with a link to the list, for pages about content.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function line(): array {
    return $this->isShown() ? ['line' => $this->placeholder('sentence'), '#cache' => $this->cache()] : ['#cache' => $this->cache()];
  }

  /**
   * Lazy builder: the sentence; nothing when no draft waits.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function sentence(): array {
    $count = $this->waiting->count($this->currentUser);
    if ($count === 0) {
      return ['#markup' => ''];
    }
    $url = [':url' => Url::fromRoute(DraftListPage::ROUTE)->toString()];
    $text = $count >= WaitingDrafts::MOST
      ? $this->t('@count drafts of agents wait for you. <a href=":url">Review them</a>', ['@count' => (WaitingDrafts::MOST - 1) . '+'] + $url)
      : $this->formatPlural($count, 'One draft of an agent waits for you. <a href=":url">Review it</a>', '@count drafts of agents wait for you. <a href=":url">Review them</a>', $url);
    return ['#markup' => '<p>' . $text . '</p>'];
  }

  private function placeholder(string $builder): array {
    $type = $this->entityTypeManager->getDefinition(ChangeLog::ENTITY_TYPE);
    return [
      '#lazy_builder' => [self::class . ':' . $builder, []],
      '#create_placeholder' => TRUE,
      '#cache' => [
        'keys' => ['background_agents_waiting_drafts', $builder],
        'contexts' => [...$type->getListCacheContexts(), 'user.permissions', 'languages:language_interface'],
        'tags' => [...$type->getListCacheTags(), 'config:workflow_list'],
        'max-age' => self::MAX_AGE,
      ],
    ];
  }

}
