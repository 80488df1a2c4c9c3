<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Batch\Batch;
use Drupal\background_agents\Batch\BatchCommands;
use Drupal\background_agents\Batch\BatchItem;
use Drupal\background_agents\Batch\BatchMaker;
use Drupal\background_agents\Batch\BatchRunner;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents_meddler\Hook\Meddling;
use Drupal\node\NodeInterface;
use Drupal\user\UserInterface;

/**
 * A person has the agent "writer" run over articles, at a time that is set.
 */
abstract class BatchKernelTestBase extends AgentsKernelTestBase {

  use TurnedTime;

  /**
   * {@inheritdoc}
   */
  protected static $modules = ['background_agents_meddler'];

  protected Agent $agent;

  protected UserInterface $person;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->agent = $this->agent();
    $this->role('editor', ['access content', 'edit any article content', 'run writer background agent']);
    $this->person = $this->account('editor', 'editor');
  }

  /**
   * {@inheritdoc}
   */
  protected function tearDown(): void {
    Meddling::$runStored = NULL;
    parent::tearDown();
  }

  /**
   * Makes a batch of articles.
   *
   * @param \Drupal\node\NodeInterface[] $articles
   *   The articles.
   * @param string|null $request
   *   What asks for it; NULL: something new.
   */
  protected function batch(array $articles, ?string $request = NULL): Batch {
    static $number = 0;
    $items = array_map(static fn (NodeInterface $node): BatchItem => new BatchItem('node', (string) $node->id(), 'en', (string) $node->label()), $articles);
    return \Drupal::service(BatchMaker::class)->make($this->agent, (int) $this->person->id(), $items, new \stdClass(), NULL, $request ?? 'request ' . ++$number);
  }

  protected function runner(): BatchRunner {
    return \Drupal::service(BatchRunner::class);
  }

  protected function commands(): BatchCommands {
    return \Drupal::service(BatchCommands::class);
  }

}
