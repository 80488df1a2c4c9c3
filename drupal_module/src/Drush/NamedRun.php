<?php

declare(strict_types=1);

namespace Drupal\background_agents\Drush;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\RunStore;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * Finds the run that a command names.
 *
 * @internal
 */
final class NamedRun {

  /**
   * Characters of a UUID that are enough, where only one run begins so.
   */
  private const int ENOUGH = 4;

  public function __construct(
    private readonly RunStore $runs,
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * The run with a UUID, or with one that begins so.
   *
   * @throws \InvalidArgumentException
   *   When there is none, or several begin so.
   */
  public function find(string $name): Run {
    return $this->runs->byUuid($name) ?? $this->beginning($name) ?? throw new \InvalidArgumentException("There is no run $name. drush background-agents:runs lists them.");
  }

  private function beginning(string $name): ?Run {
    if (!preg_match('/^[0-9a-f-]{' . self::ENOUGH . ',36}$/D', $name)) {
      return NULL;
    }
    $storage = $this->entityTypeManager->getStorage('background_agents_run');
    $ids = $storage->getQuery()->accessCheck(FALSE)->condition('uuid', $name, 'STARTS_WITH')->range(0, 2)->execute();
    if (count($ids) > 1) {
      throw new \InvalidArgumentException("Several runs begin with $name. Give more of the UUID.");
    }
    $run = $ids === [] ? NULL : $storage->load(reset($ids));
    return $run instanceof Run ? $run : NULL;
  }

}
