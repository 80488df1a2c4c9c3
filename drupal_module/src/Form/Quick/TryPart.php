<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Quick;

use Drupal\background_agents\Dispatch\ContentReference;
use Drupal\background_agents\Dispatch\Dispatcher;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Preset\ContentFit;
use Drupal\background_agents\Quick\QuickPlan;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityRepositoryInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * The item on which the new agent is tried, and its first run.
 *
 * @internal
 */
final class TryPart {

  use StringTranslationTrait;

  /**
   * How many items are offered, the newest first.
   */
  private const int ITEMS = 20;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly EntityRepositoryInterface $repository,
    private readonly AccountInterface $currentUser,
    private readonly Dispatcher $dispatcher,
  ) {}

  /**
   * Whether the person can try the agent that is made.
   */
  public function isPossible(QuickPlan $plan): bool {
    return $plan->works && $this->currentUser->hasPermission('run any background agent');
  }

  /**
   * Whether the person can let it make a test run, of which nothing is saved.
   */
  public function isTestable(QuickInput $input, QuickPlan $plan): bool {
    return $plan->works && (!self::needsItem($input) || $this->items($input->choice->content) !== []);
  }

  /**
   * Whether the agent works on an item at all, or only makes new ones.
   */
  private static function needsItem(QuickInput $input): bool {
    return in_array('revise', $input->preset()->operations, TRUE);
  }

  /**
   * The choice of an item.
   */
  public function build(QuickInput $input, QuickPlan $plan): array {
    $items = self::needsItem($input) ? $this->items($input->choice->content) : [];
    return [
      '#type' => 'select',
      '#title' => $this->t('Try it on'),
      '#description' => $this->t('Its first run works on this item. It leaves a draft for you; what is published stays as it is. A test run only shows what the draft would be: nothing is saved, and the agent stays disabled until you enable it.'),
      '#options' => $items,
      '#access' => $items !== [] && $plan->works,
    ];
  }

  /**
   * Why the agent cannot be tried at once; NULL when it can.
   */
  public function obstacle(QuickInput $input, QuickPlan $plan): ?\Stringable {
    return match (TRUE) {
      !$plan->works => NULL,
      !$this->currentUser->hasPermission('run any background agent') => $this->t('To try it at once you would need the permission <em>Run any background agent</em>.'),
      self::needsItem($input) && $this->items($input->choice->content) === [] => $this->t('There is no content of the type @type that it could be tried on. Save the agent, and add some.', ['@type' => $input->choice->content->label]),
      default => NULL,
    };
  }

  /**
   * Starts the first run; a test run leaves nothing but what it proposes.
   *
   * @throws \Drupal\background_agents\Dispatch\DispatchRefused
   */
  public function start(Agent $agent, QuickInput $input, string $item, string $key, bool $isTest): ?Run {
    $entity = self::needsItem($input) && ctype_digit($item) ? $this->entityTypeManager->getStorage($input->choice->content->entityType)->load($item) : NULL;
    $entity = $entity instanceof ContentEntityInterface && $entity->access('view', $this->currentUser) ? $this->repository->getTranslationFromContext($entity) : NULL;
    return $this->dispatcher->dispatch(new DispatchRequest(
      agent: (string) $agent->id(),
      triggerType: 'manual',
      input: new \stdClass(),
      requester: (int) $this->currentUser->id(),
      entity: $entity instanceof ContentEntityInterface ? ContentReference::of($entity) : NULL,
      key: "quick:$key",
      dryRun: $isTest,
    ))->run;
  }

  /**
   * Labels of the newest items that the person may see, published ones.
   *
   * @return array<int|string, string>
   *   Keyed by id.
   */
  private function items(ContentFit $content): array {
    $storage = $this->entityTypeManager->getStorage($content->entityType);
    $type = $storage->getEntityType();
    $query = $storage->getQuery()->accessCheck(TRUE)->sort((string) $type->getKey('id'), 'DESC')->range(0, self::ITEMS);
    foreach (array_filter([
      (string) $type->getKey('bundle') => $content->bundle,
      (string) $type->getKey('published') => 1,
    ], static fn (string $key): bool => $key !== '', ARRAY_FILTER_USE_KEY) as $key => $value) {
      $query->condition($key, $value);
    }
    // Not every query asks for all that access to an item does.
    $seen = array_filter($storage->loadMultiple($query->execute()), fn (EntityInterface $entity): bool => $entity->access('view', $this->currentUser));
    return array_map(fn (EntityInterface $entity): string => (string) $this->repository->getTranslationFromContext($entity)->label(), $seen);
  }

}
