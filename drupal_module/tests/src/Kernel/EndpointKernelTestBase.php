<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Agent;
use Drupal\user\UserInterface;

/**
 * Paula may run the agent "writer" and see those runs; Otto sees all.
 */
abstract class EndpointKernelTestBase extends AgentsKernelTestBase {

  use EndpointRequests;

  /**
   * What Paula may.
   */
  protected const array PERSON = ['run writer background agent', 'view own background agent runs', 'manage own background agent runs'];

  /**
   * Values of the agent.
   */
  protected const array AGENT = [];

  protected Agent $agent;

  protected UserInterface $person;

  protected UserInterface $overseer;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    \Drupal::service('router.builder')->rebuild();
    $this->agent = $this->agent(values: static::AGENT);
    $this->role('person', static::PERSON);
    $this->role('overseer', ['view any background agent run']);
    $this->person = $this->account('paula', 'person');
    $this->overseer = $this->account('otto', 'overseer');
  }

}
